import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { type Stream, streams } from '../db/schema/event.ts'
import type { Logger } from '../logger.ts'
import { samePlace } from './cursor.ts'
import type { Doorbell } from './doorbell.ts'
import type { LoggedEvent } from './event.ts'
import { type Heads, readHeads } from './read.ts'
import { createTail, type Tail } from './tail.ts'

const compareEveryMs = 1_000
/** Older than this, or never compared: nothing is answered from memory and no event goes out. */
const freshForMs = 2_000

export type Tails = ReturnType<typeof createTails>
type Options = { pool: pg.Pool; doorbell: Doorbell; logger: Logger }

/**
 * The tails of a process, and how fresh they are. Once a second they are compared with PostgreSQL, so whatever the
 * doorbell lost, and whatever a failover or a restore changed, is known within that second.
 */
export function createTails({ pool, doorbell, logger }: Options) {
  const eventListeners: ((event: LoggedEvent) => void)[] = []
  const resetListeners: (() => void)[] = []
  let generation: string | null = null
  let files = ''
  let comparedAt = { monotonic: Number.NEGATIVE_INFINITY, wall: 0 }
  let comparing: Promise<void> | null = null
  /** What tails could not make sense of, and how many of those a comparison has settled. */
  let doubts = 0
  let settledDoubts = 0
  const stopped = new AbortController()

  const tails = Object.fromEntries(
    streams.map((stream) => [
      stream,
      createTail({
        pool,
        stream,
        onEvent: (event) => tell(eventListeners, event),
        onDoubt: () => {
          doubts += 1
          settle().catch(() => {})
        },
      }),
    ]),
  ) as Record<Stream, Tail>

  /** By both clocks: one stands still while a machine is suspended, the other may be set back. */
  const isFresh = () =>
    doubts === settledDoubts &&
    performance.now() - comparedAt.monotonic < freshForMs &&
    Date.now() - comparedAt.wall < freshForMs

  /** A listener that fails keeps neither the tail nor other listeners from the event, nor the writer from an answer. */
  function tell<T>(listeners: ((news: T) => void)[], news: T) {
    for (const listener of listeners) {
      try {
        listener(news)
      } catch (error) {
        logger.error({ err: error }, 'a listener of the log failed')
      }
    }
  }

  /** The log is not the one that was followed: drop what rests on it and begin anew. */
  function beginAnew(heads: Heads) {
    if (generation !== null) logger.warn({ from: generation, to: heads.generation }, 'the log changed under the tails')
    generation = heads.generation
    files = heads.files
    for (const stream of streams) tails[stream].reset(heads.places[stream])
    settledDoubts = doubts
    tell(resetListeners, undefined)
  }

  async function compareOnce() {
    const began = { monotonic: performance.now(), wall: Date.now() }
    const heads = await readHeads(pool)
    const doubtsBefore = doubts
    // Behind, or ahead because of what came since that snapshot, or on another log: looking tells which.
    const differing = streams.filter((stream) => !samePlace(tails[stream].head, heads.places[stream]))
    if (generation !== heads.generation) beginAnew(heads)
    else if ((await Promise.all(differing.map((stream) => tails[stream].look()))).includes(false)) {
      beginAnew(await readHeads(pool))
    } else {
      // Known now, and not before, to hold all that was followed.
      files = heads.files
      settledDoubts = doubtsBefore
    }
    comparedAt = began
    for (const stream of streams) tails[stream].wake()
  }

  function compare(): Promise<void> {
    comparing ??= compareOnce().finally(() => {
      comparing = null
    })
    return comparing
  }

  /** A comparison that is under way may have begun before the doubt. */
  async function settle() {
    while (settledDoubts < doubts) await compare()
  }

  async function keepComparing() {
    while (!stopped.signal.aborted) {
      await compare().catch((error: unknown) => logger.warn({ err: error }, 'the tails could not be compared'))
      await sleep(compareEveryMs, undefined, { signal: stopped.signal }).catch(() => {})
    }
  }

  return {
    of: (stream: Stream) => tails[stream],
    isFresh,
    /** Of the database that is followed: its identity and its timeline; null before the first comparison. */
    get generation() {
      return generation
    },
    /** Which log is followed, whatever its positions are; null before the first comparison. What rests on another one is of no use. */
    get log() {
      return generation === null ? null : `${generation}/${files}`
    },
    /** How long ago the last comparison began that went well, and how often a tail could not make sense of the log. */
    health: () => ({ ageSeconds: (performance.now() - comparedAt.monotonic) / 1000, doubts }),
    compare,
    /** Listeners are called in the order in which they were added: viewers, then the cache; subscribers read the ring after them. */
    onEvent: (listener: (event: LoggedEvent) => void) => eventListeners.push(listener),
    onReset: (listener: () => void) => resetListeners.push(listener),
    /** Events that this process wrote or heard of. */
    offer(events: LoggedEvent[]) {
      if (generation === null) return
      for (const stream of new Set(events.map((event) => event.stream))) {
        tails[stream].offer(events.filter((event) => event.stream === stream))
      }
    },
    async start() {
      // Not awaited: without the doorbell everything is a little later.
      doorbell
        .listen((events) => this.offer(events))
        .catch((error: unknown) => logger.warn({ err: error }, 'the doorbell cannot be heard'))
      await compare()
      void keepComparing()
    },
    stop() {
      stopped.abort()
      for (const stream of streams) tails[stream].close()
    },
  }
}
