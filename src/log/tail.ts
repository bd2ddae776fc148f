import type pg from 'pg'
import type { Stream } from '../db/schema/event.ts'
import { type Place, samePlace } from './cursor.ts'
import { genesisHash, type LoggedEvent } from './event.ts'
import { readEvents } from './read.ts'

const batchSize = 500
const ringSize = 4096
const heldLimit = 1024
/** How long an event that came ahead of its predecessor waits for it before PostgreSQL is asked. */
const heldMs = 5

export type Tail = ReturnType<typeof createTail>
type Options = { pool: pg.Pool; stream: Stream; onEvent: (event: LoggedEvent) => void; onDoubt: () => void }

/** One process's view of the end of one stream: the events that it has applied, in order, each chained to the one before. */
export function createTail({ pool, stream, onEvent, onDoubt }: Options) {
  let head: Place = { position: 0, hash: genesisHash }
  /** How often the tail began anew: what was read of it before may be of another log. */
  let epoch = 0
  /** The place before the first event of the ring. */
  let ringBase = head
  let ring: LoggedEvent[] = []
  const held = new Map<number, LoggedEvent>()
  let heldTimer: NodeJS.Timeout | undefined
  let reading: Promise<boolean> | null = null
  let next: Promise<boolean> | null = null
  const waiters = new Set<() => void>()

  const wake = () => {
    for (const waiter of [...waiters]) waiter()
  }

  /** True when the event was the next one, false when it does not continue the chain. */
  function apply(event: LoggedEvent): boolean {
    if (event.position !== head.position + 1 || event.previousHash !== head.hash) return false
    head = { position: event.position, hash: event.hash }
    ring.push(event)
    if (ring.length === ringSize) {
      ringBase = ring[ringSize / 2 - 1]!
      ring = ring.slice(ringSize / 2)
    }
    onEvent(event)
    return true
  }

  function applyHeld() {
    for (let event = held.get(head.position + 1); event; event = held.get(head.position + 1)) {
      held.delete(event.position)
      if (!apply(event)) return onDoubt()
    }
    for (const position of held.keys()) if (position <= head.position) held.delete(position)
  }

  /** Events as a doorbell or a writer hands them over: late, doubled and ahead of time are all expected. */
  function offer(events: LoggedEvent[]) {
    for (const event of events) {
      if (event.position <= head.position) continue
      if (event.position > head.position + 1) {
        if (held.size < heldLimit) held.set(event.position, event)
      } else if (!apply(event)) onDoubt()
    }
    applyHeld()
    if (held.size > 0) heldTimer ??= setTimeout(lookForHeld, heldMs)
    wake()
  }

  function lookForHeld() {
    heldTimer = undefined
    const waiting = [...held]
    if (waiting.length === 0) return
    look().then(() => {
      // Not in PostgreSQL: events of a log that was left behind, or none at all.
      for (const [position, event] of waiting) if (held.get(position) === event) held.delete(position)
    }, onDoubt)
  }

  /** False when PostgreSQL does not hold what the tail holds. */
  async function fill(): Promise<boolean> {
    for (let more = true; more; ) {
      const from = head
      const rows = await readEvents(pool, stream, {
        from: from.position,
        to: Number.MAX_SAFE_INTEGER,
        limit: batchSize + 1,
      })
      if (from.position > 0 && !(rows[0] && samePlace(from, rows[0]))) return contradicted()
      // What a doorbell brought meanwhile is skipped; what no longer continues the chain is for the comparison.
      for (const row of rows) if (row.position > head.position && !apply(row)) return contradicted()
      applyHeld()
      wake()
      more = rows.length > batchSize
    }
    return true
  }

  function contradicted() {
    onDoubt()
    return false
  }

  /**
   * Reads what PostgreSQL has beyond the tail; false when it does not hold what the tail holds. One read at a time:
   * whoever comes during one gets the next, which sees their commit.
   */
  function look(): Promise<boolean> {
    if (!reading) {
      reading = fill().finally(() => {
        reading = null
      })
      return reading
    }
    next ??= reading
      .catch(() => false)
      .then(() => {
        next = null
        return look()
      })
    return next
  }

  return {
    stream,
    get head() {
      return head
    },
    get epoch() {
      return epoch
    },
    /** How many subscribers wait for something new. */
    get waiting() {
      return waiters.size
    },
    offer,
    look,
    /** Begins anew at a place that PostgreSQL has just told. */
    reset(place: Place) {
      head = ringBase = place
      epoch += 1
      ring = []
      held.clear()
      wake()
    },
    /** The events after a place, or null when the ring does not hold that place. */
    after(place: Place): LoggedEvent[] | null {
      const index = place.position - ringBase.position
      if (index < 0 || index > ring.length) return null
      const found = index === 0 ? ringBase : ring[index - 1]!
      return samePlace(place, found) ? ring.slice(index, index + batchSize) : null
    },
    /** Resolves at the next change of the tail, or when the signal aborts. */
    changed(signal: AbortSignal): Promise<void> {
      return new Promise((resolve) => {
        const done = () => {
          waiters.delete(done)
          signal.removeEventListener('abort', done)
          resolve()
        }
        if (signal.aborted) return resolve()
        waiters.add(done)
        signal.addEventListener('abort', done)
      })
    },
    wake,
    close() {
      clearTimeout(heldTimer)
      wake()
    },
  }
}
