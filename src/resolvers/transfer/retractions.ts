import { sql } from 'drizzle-orm'
import { LRUCache } from 'lru-cache'
import type { Db } from '../../db/client.ts'
import type { LoggedEvent } from '../../log/event.ts'
import type { Tails } from '../../log/tails.ts'

/** Positions of the log that are looked up together, for those who replay. */
const pageSize = 500
const maxPages = 100
const pageTtlMs = 60_000

export type Retractions = ReturnType<typeof createRetractions>
type Options = { db: Db; tails: Tails; maxChanges?: number }

/**
 * Whether the transfer of an event is retracted now: known without a question for what this process has followed,
 * however many subscribers it has; read in batches for what lies before.
 */
export function createRetractions({ db, tails, maxChanges = 10_000 }: Options) {
  const tail = tails.of('transfers')
  /** What was retracted, and perhaps came back, after the position `since`. */
  let since = tail.head.position
  const pages = new LRUCache<number, Promise<Map<string, boolean>>>({ max: maxPages, ttl: pageTtlMs })
  const changes = new LRUCache<string, boolean>({
    max: maxChanges,
    dispose: (_retracted, _id, reason) => {
      if (reason === 'evict') beginAt(tail.head.position)
    },
  })

  /** What is forgotten makes what was read before it old. */
  function beginAt(position: number) {
    since = position
    pages.clear()
  }

  tails.onReset(() => {
    changes.clear()
    beginAt(tail.head.position)
  })
  tails.onEvent(({ stream, type, subjectId: id }) => {
    if (stream !== 'transfers' || id === null) return
    const retracted = type === 'transfer.retracted'
    if (retracted || changes.has(id)) changes.set(id, retracted)
  })

  async function readPage(page: number) {
    const { rows } = await db.execute<{ id: string; retracted: boolean }>(sql`
      select t.id, t.retracted_at is not null as retracted from events e join token_transfers t on t.id = e.subject_id
      where e.stream = 'transfers' and e.position between ${page * pageSize + 1} and ${(page + 1) * pageSize}`)
    return new Map(rows.map(({ id, retracted }) => [id, retracted]))
  }

  function pageOf({ position }: LoggedEvent) {
    const number = Math.floor((position - 1) / pageSize)
    let page = pages.get(number)
    if (!page) {
      page = readPage(number)
      pages.set(number, page)
      page.catch(() => pages.delete(number))
    }
    return page
  }

  return {
    isRetracted(event: LoggedEvent): boolean | Promise<boolean> {
      const id = event.subjectId!
      const wasRetracted = event.type === 'transfer.retracted'
      const known = changes.get(id) ?? (event.position > since ? wasRetracted : undefined)
      // Events that were trimmed while they were on their way are not in their page.
      return known ?? pageOf(event).then((page) => changes.get(id) ?? page.get(id) ?? wasRetracted)
    },
  }
}
