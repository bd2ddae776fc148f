import { LRUCache } from 'lru-cache'
import type pg from 'pg'
import { loggable } from '../db/loggable.ts'
import type { Logger } from '../logger.ts'

const delayMs = 1_000
const maxRemembered = 10_000

type Options = { pool: pg.Pool; logger: Logger; everyMs?: number }

/** When keys were used last. Written in the background, all together, each at most once in `everyMs`; nobody waits for it. */
export function createKeyUse({ pool, logger, everyMs = 60_000 }: Options) {
  const unwritten = new Map<string, Date>()
  const justWritten = new LRUCache<string, true>({ max: maxRemembered, ttl: everyMs })
  let timer: NodeJS.Timeout | undefined
  let writing = Promise.resolve()

  const isDue = (keyId: string) => !justWritten.has(keyId)

  function schedule(afterMs: number) {
    timer ??= setTimeout(() => {
      timer = undefined
      flush(isDue)
      if (unwritten.size > 0) schedule(everyMs)
    }, afterMs).unref()
  }

  function flush(isMeant: (keyId: string) => boolean) {
    const uses = [...unwritten].filter(([keyId]) => isMeant(keyId))
    for (const [keyId] of uses) {
      unwritten.delete(keyId)
      justWritten.set(keyId, true)
    }
    writing = writing.then(() => write(uses))
  }

  async function write(uses: [string, Date][]) {
    if (uses.length === 0) return
    try {
      // A row that somebody else has in hand is being revoked, or another process writes the same of it.
      await pool.query(
        `update api_keys k set last_request = greatest(k.last_request, u.used_at)
         from unnest($1::text[], $2::timestamptz[]) u(id, used_at)
         where k.id = u.id and k.id in (
           select id from api_keys where id = any($1) order by id for no key update skip locked)`,
        [uses.map(([keyId]) => keyId), uses.map(([, usedAt]) => usedAt)],
      )
    } catch (error) {
      logger.warn({ err: loggable(error) }, 'the last use of API keys could not be written')
    }
  }

  return {
    note(keyId: string) {
      unwritten.set(keyId, new Date())
      schedule(isDue(keyId) ? delayMs : everyMs)
    },
    /** Writes what is left. */
    async close() {
      clearTimeout(timer)
      flush(() => true)
      await writing
    },
  }
}
