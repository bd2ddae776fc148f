import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type pg from 'pg'
import type { UserRole } from '../db/schema/auth.ts'
import type { Tails } from '../log/tails.ts'
import { anonymous, type UserViewer, type Viewer } from '../permissions.ts'

type Options = { pool: pg.Pool; tails: Tails; stepUpSeconds: number; maxViewers?: number }
type Row = { id: string; role: UserRole; sessionId: string; expiresAt: Date; steppedUpAt: Date | null }

/**
 * Who a session token belongs to. Kept in memory until an event of `accounts` says that something about the user
 * changed; not used while the tails are not fresh, so a revoked session is refused whatever this process has missed.
 */
export function createViewers({ pool, tails, stepUpSeconds, maxViewers = 50_000 }: Options) {
  const keysByUser = new Map<string, Set<string>>()
  const viewers = new LRUCache<string, UserViewer>({
    max: maxViewers,
    dispose: (viewer, key, reason) => {
      if (reason !== 'set') forget(viewer.id, key)
    },
  })
  const changeListeners: ((userId: string) => void)[] = []

  tails.onReset(() => viewers.clear())
  tails.onEvent((event) => {
    if (event.stream !== 'accounts' || event.subjectId === null) return
    for (const key of [...(keysByUser.get(event.subjectId) ?? [])]) viewers.delete(key)
    for (const listener of changeListeners) listener(event.subjectId)
  })

  /** One statement instead of Better Auth's two; what counts is what PostgreSQL says now. */
  async function lookUp(token: string): Promise<Viewer> {
    const { rows } = await pool.query<Row>({
      name: 'viewer',
      text: `select u.id, u.role, s.id as "sessionId", s.expires_at as "expiresAt", s.stepped_up_at as "steppedUpAt"
        from sessions s join users u on u.id = s.user_id
        where s.token = $1 and s.expires_at > now() and not (u.banned and coalesce(u.ban_expires, 'infinity') > now())`,
      values: [token],
    })
    const row = rows[0]
    if (!row) return anonymous
    return {
      kind: 'user',
      id: row.id,
      role: row.role,
      sessionId: row.sessionId,
      expiresAt: row.expiresAt.getTime(),
      steppedUpUntil: row.steppedUpAt && row.steppedUpAt.getTime() + stepUpSeconds * 1000,
    }
  }

  function keep(key: string, viewer: UserViewer) {
    viewers.set(key, viewer, { ttl: Math.max(1, viewer.expiresAt - Date.now()) })
    const keys = keysByUser.get(viewer.id)
    if (keys) keys.add(key)
    else keysByUser.set(viewer.id, new Set([key]))
  }

  function forget(userId: string, key: string) {
    const keys = keysByUser.get(userId)
    keys?.delete(key)
    if (keys?.size === 0) keysByUser.delete(userId)
  }

  return {
    async resolve(token: string | null): Promise<Viewer> {
      if (!token) return anonymous
      const key = createHash('sha256').update(token).digest('base64')
      const known = tails.isFresh() ? viewers.get(key) : undefined
      if (known && known.expiresAt > Date.now()) return known
      const tail = tails.of('accounts')
      const applied = tail.head.hash
      const viewer = await lookUp(token)
      // Something changed while PostgreSQL was asked: the answer may be from before it.
      if (viewer.kind === 'user' && tail.head.hash === applied) keep(key, viewer)
      return viewer
    },
    /** What is kept in memory. */
    kept: () => ({ sessions: viewers.size, users: keysByUser.size }),
    /** Called after an event about the user's account: their sessions, role, ban or key. */
    onChange: (listener: (userId: string) => void) => changeListeners.push(listener),
  }
}
