import type { WebSocket } from 'ws'
import type { Credential } from '../auth/credential.ts'
import type { Viewer } from '../permissions.ts'
import type { Services } from '../services.ts'

/** A session was ended or has expired: sign in again, then come back with a cursor. */
const sessionEnded = 4410
/** What is wrong is on this side, and passes. */
export const tryAgainLater = 1013
/** setTimeout takes no more. */
const maxDelayMs = 2 ** 31 - 1

export type SignedSocket = { socket: WebSocket; credential: Credential | null }

/** Sockets live no longer than the sessions that opened them: not past their expiry, and not past an event that ends them. */
export function createSocketSessions({ viewers, tails, logger }: Services) {
  const byUser = new Map<string, Set<SignedSocket>>()
  const userOf = new Map<SignedSocket, string>()
  const timers = new Map<SignedSocket, NodeJS.Timeout>()

  viewers.onChange((userId) => {
    for (const signed of byUser.get(userId) ?? []) void check(signed)
  })
  tails.onReset(() => {
    for (const signed of userOf.keys()) void check(signed)
  })

  async function check(signed: SignedSocket) {
    clearTimeout(timers.get(signed))
    try {
      const viewer = await viewers.resolve(signed.credential?.token ?? null)
      if (!userOf.has(signed)) return
      if (viewer.kind === 'anonymous') return signed.socket.close(sessionEnded, 'The session has ended')
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

  return {
    async follow(signed: SignedSocket, viewer: Viewer) {
      if (viewer.kind === 'anonymous' || signed.socket.readyState !== signed.socket.OPEN) return
      userOf.set(signed, viewer.id)
      const sockets = byUser.get(viewer.id)
      if (sockets) sockets.add(signed)
      else byUser.set(viewer.id, new Set([signed]))
      // What happened since the viewer was resolved was told to nobody who knew of this socket.
      await check(signed)
    },
    forget(signed: SignedSocket) {
      clearTimeout(timers.get(signed))
      timers.delete(signed)
      const userId = userOf.get(signed)
      if (userId === undefined) return
      userOf.delete(signed)
      const sockets = byUser.get(userId)
      sockets?.delete(signed)
      if (sockets?.size === 0) byUser.delete(userId)
    },
  }
}
