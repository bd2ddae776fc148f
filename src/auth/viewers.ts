import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type pg from 'pg'
import type { Place } from '../log/cursor.ts'
import type { Tails } from '../log/tails.ts'
import { type ApiKeyViewer, anonymous, type UserViewer, type Viewer } from '../permissions.ts'
import { isApiKey } from './api-key.ts'
import { lookUpApiKey, lookUpSession } from './look-up.ts'
import type { SharedViewers } from './shared-viewers.ts'

type Options = {
  pool: pg.Pool
  tails: Tails
  sharedViewers: SharedViewers
  stepUpSeconds: number
  defaultPlan: string
  /** Told of every time that a key was good. */
  onKeyUsed?: (keyId: string) => void
  maxViewers?: number
}
export type Known = UserViewer | ApiKeyViewer
/** `applied`: the last event of `accounts` before it began, in the log of then. */
type LookUp = { applied: Place; found: Promise<Known | null> }

/** The user whose account decides whether a session or a key is good; nobody's, of the anonymous viewer. */
export function ownerOf(viewer: Known): string
export function ownerOf(viewer: Viewer): string | null
export function ownerOf(viewer: Viewer): string | null {
  if (viewer.kind === 'anonymous') return null
  return viewer.kind === 'apiKey' ? viewer.ownerId : viewer.id
}

/**
 * Who a session token or an API key belongs to. Kept in memory until an event of `accounts` says that something about the
 * owner changed; not used while the tails are not fresh, so what was revoked is refused whatever this process has missed.
 */
export function createViewers(options: Options) {
  const { pool, tails, sharedViewers, stepUpSeconds, defaultPlan, onKeyUsed, maxViewers = 50_000 } = options
  const tokensByOwner = new Map<string, Set<string>>()
  const viewers = new LRUCache<string, Known>({
    max: maxViewers,
    dispose: (viewer, token, reason) => {
      if (reason !== 'set') forget(ownerOf(viewer), token)
    },
  })
  const lookUps = new Map<string, LookUp>()
  const changeListeners: ((ownerId: string) => void)[] = []

  tails.onReset(() => viewers.clear())
  tails.onEvent((event) => {
    if (event.stream !== 'accounts' || event.subjectId === null) return
    for (const token of [...(tokensByOwner.get(event.subjectId) ?? [])]) viewers.delete(token)
    for (const listener of changeListeners) listener(event.subjectId)
  })

  const lookUp = (token: string): Promise<Known | null> =>
    isApiKey(token) ? lookUpApiKey(pool, token, defaultPlan) : lookUpSession(pool, token, stepUpSeconds)

  function keep(given: string, viewer: Known) {
    // A copy: V8 cuts a token out of its header by holding on to all of that.
    const token = Buffer.from(given).toString()
    const ttl = Math.max(1, viewer.expiresAt - Date.now())
    viewers.set(token, viewer, Number.isFinite(ttl) ? { ttl } : {})
    const owner = ownerOf(viewer)
    const tokens = tokensByOwner.get(owner)
    if (tokens) tokens.add(token)
    else tokensByOwner.set(owner, new Set([token]))
  }

  function forget(ownerId: string, token: string) {
    const tokens = tokensByOwner.get(ownerId)
    tokens?.delete(token)
    if (tokens?.size === 0) tokensByOwner.delete(ownerId)
  }

  /** What another process has looked up, else what PostgreSQL says. */
  async function lookUpAnew(token: string): Promise<Known | null> {
    const name = hash('sha256', token, 'base64')
    const shared = await sharedViewers.find(name)
    if (shared) {
      keep(token, shared)
      return shared
    }
    const tail = tails.of('accounts')
    const applied = tail.head
    const asked = sharedViewers.asking()
    const viewer = await lookUp(token)
    // Something changed while PostgreSQL was asked, be it the log under the same event: the answer may be from before it.
    if (viewer && tail.head === applied) {
      keep(token, viewer)
      sharedViewers.keep(name, viewer, asked)
    }
    return viewer
  }

  /** One look-up for all who ask at once, as long as nothing changes meanwhile. */
  function lookUpTogether(token: string): Promise<Known | null> {
    const applied = tails.of('accounts').head
    const joined = lookUps.get(token)
    if (joined?.applied === applied && tails.isFresh()) return joined.found
    const begun: LookUp = { applied, found: lookUpAnew(token) }
    lookUps.set(token, begun)
    const end = () => {
      if (lookUps.get(token) === begun) lookUps.delete(token)
    }
    begun.found.then(end, end)
    return begun.found
  }

  function noteUse(viewer: Viewer): Viewer {
    if (viewer.kind === 'apiKey') onKeyUsed?.(viewer.id)
    return viewer
  }

  /** Null: not in memory. */
  function recall(token: string | null): Viewer | null {
    if (!token) return anonymous
    const known = tails.isFresh() ? viewers.get(token) : undefined
    return known && known.expiresAt > Date.now() ? noteUse(known) : null
  }

  return {
    recall,
    resolve: async (token: string | null): Promise<Viewer> =>
      recall(token) ?? noteUse((await lookUpTogether(token!)) ?? anonymous),
    /** What is kept in memory. */
    kept: () => ({ viewers: viewers.size, owners: tokensByOwner.size }),
    /** Called after an event about the owner's account: their sessions, role, ban or keys. */
    onChange: (listener: (ownerId: string) => void) => changeListeners.push(listener),
  }
}
