import type pg from 'pg'
import type { Stream } from '../db/schema/event.ts'
import { ResyncRequiredError } from '../errors.ts'
import { type Place, samePlace } from './cursor.ts'
import type { LoggedEvent } from './event.ts'
import { readEvents } from './read.ts'
import type { Tail } from './tail.ts'
import type { Tails } from './tails.ts'

const batchSize = 500

type Options<T> = {
  pool: pg.Pool
  tails: Tails
  stream: Stream
  /** Null: from now on. */
  after: Place | null
  /** What a subscriber gets of an event, or null for nothing. It is asked when the event's turn has come, not before. */
  select: (event: LoggedEvent) => Promise<T | null>
}

/**
 * What a subscriber gets of the events of a stream after a place, or from now on: each once, in order.
 * The ring of the tail is the queue: whoever is behind it reads from PostgreSQL, whoever has caught up waits for the
 * tail, and going over is one and the same step. RESYNC_REQUIRED when the log does not hold the place.
 */
export async function follow<T>(options: Options<T>): Promise<AsyncIterableIterator<T, undefined>> {
  const { pool, tails, stream, after, select } = options
  const tail = tails.of(stream)
  const stop = new AbortController()
  // "From now on" is what PostgreSQL says, not what this process has heard of yet.
  if (!after) await tail.look()
  let place = after ?? tail.head
  // A place that the log does not hold is refused when one subscribes, not at the first event.
  let batch = await nextBatch()

  async function nextBatch() {
    if (place.position > tail.head.position) {
      await tail.look()
      if (place.position > tail.head.position) throw new ResyncRequiredError()
    }
    const { head, epoch } = tail
    return { events: tail.after(place) ?? (await replay(pool, tail, place)), head, epoch }
  }

  async function* generate(): AsyncGenerator<T, undefined> {
    while (!stop.signal.aborted) {
      for (const event of batch.events) {
        // A process that was frozen or cut off does not know what it does not know: first it compares.
        // A tail that began anew is perhaps on another log than the rest of this batch.
        if (stop.signal.aborted || !tails.isFresh() || tail.epoch !== batch.epoch) break
        place = event
        const selected = await select(event)
        if (selected !== null && !stop.signal.aborted) yield selected
      }
      while (!stop.signal.aborted && !tails.isFresh()) await tail.changed(stop.signal)
      if (stop.signal.aborted) return undefined
      batch = await nextBatch()
      // What came since the tail was asked has woken those who waited then.
      if (batch.events.length === 0 && tail.head === batch.head) await tail.changed(stop.signal)
    }
    return undefined
  }

  const events = generate()
  const iterator: AsyncIterableIterator<T, undefined> = {
    [Symbol.asyncIterator]() {
      return this
    },
    next: () => events.next(),
    // A generator that waits cannot be ended: end its wait first.
    return: () => {
      stop.abort()
      return events.return(undefined)
    },
  }
  return iterator
}

/** From PostgreSQL, up to what the tail has applied: the row at the place itself shows that the log still holds it. */
export async function replay(pool: pg.Pool, tail: Tail, place: Place): Promise<LoggedEvent[]> {
  const rows = await readEvents(pool, tail.stream, {
    from: place.position,
    to: tail.head.position,
    limit: batchSize + 1,
  })
  const held =
    place.position === 0 ? rows.length === 0 || rows[0]?.position === 1 : rows[0] && samePlace(place, rows[0])
  if (!held) throw new ResyncRequiredError()
  return place.position === 0 ? rows : rows.slice(1)
}
