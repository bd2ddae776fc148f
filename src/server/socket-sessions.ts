import type { WebSocket } from 'ws'
import type { Credential } from '../auth/credential.ts'
import { ownerOf } from '../auth/viewers.ts'
import type { Viewer } from '../permissions.ts'
import type { Services } from '../services.ts'

/** A session or a key was ended or has expired: sign in again, then come back with a cursor. */
const sessionEnded = 4410
/** What is wrong is on this side, and passes. */
export const tryAgainLater = 1013
/** setTimeout takes no more. */
const maxDelayMs = 2 ** 31 - 1

export type SignedSocket = { socket: WebSocket; credential: Credential | null }

/** Sockets live no longer than the sessions and keys that opened them: not past their expiry, and not past an event that ends them. */
export function createSocketSessions({ viewers, tails, logger, config }: Services) {
  const byOwner = new Map<string, Set<SignedSocket>>()
  const ownerBySocket = new Map<SignedSocket, string>()
  const timers = new Map<SignedSocket, NodeJS.Timeout>()

  viewers.onChange((ownerId) => {
    for (const signed of byOwner.get(ownerId) ?? []) void check(signed)
  })
  tails.onReset(() => {
    for (const signed of ownerBySocket.keys()) void check(signed)
  })

  async function check(signed: SignedSocket) {
    clearTimeout(timers.get(signed))
    try {
      const viewer = await viewers.resolve(signed.credential?.token ?? null)
      if (!ownerBySocket.has(signed)) return
      if (viewer.kind === 'anonymous') return signed.socket.close(sessionEnded, 'The session has ended')
      // Two events in one moment begin two of these.
      clearTimeout(timers.get(signed))
      const delayMs = Math.min(Math.max(viewer.expiresAt - Date.now(), 0) + 50, maxDelayMs)
      timers.set(
        signed,
        setTimeout(() => void check(signed), delayMs),
      )
    } catch (error) {
      // Whether the session still holds cannot be known now. The client asks again, and is told then.
      logger.warn({ err: error }, 'the session of a socket could not be looked up')
      signed.socket.close(tryAgainLater, 'Try again later')
    }
  }

  /** Machines have one key for all of their processes. */
  const hasTooMany = (signed: SignedSocket, viewer: Viewer) =>
    viewer.kind === 'user' &&
    [...(byOwner.get(viewer.id) ?? [])].filter(({ credential }) => credential?.token === signed.credential?.token)
      .length >= config.socket.maxPerSession

  return {
    /** False when the session has as many sockets as it may. */
    async follow(signed: SignedSocket, viewer: Viewer): Promise<boolean> {
      if (viewer.kind === 'anonymous' || signed.socket.readyState !== signed.socket.OPEN) return true
      if (hasTooMany(signed, viewer)) return false
      const ownerId = ownerOf(viewer)
      ownerBySocket.set(signed, ownerId)
      const sockets = byOwner.get(ownerId)
      if (sockets) sockets.add(signed)
      else byOwner.set(ownerId, new Set([signed]))
      // What happened since the viewer was resolved was told to nobody who knew of this socket.
      await check(signed)
      return true
    },
    forget(signed: SignedSocket) {
      clearTimeout(timers.get(signed))
      timers.delete(signed)
      const ownerId = ownerBySocket.get(signed)
      if (ownerId === undefined) return
      ownerBySocket.delete(signed)
      const sockets = byOwner.get(ownerId)
      sockets?.delete(signed)
      if (sockets?.size === 0) byOwner.delete(ownerId)
    },
  }
}
