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
  let comparedAt = Number.NEGATIVE_INFINITY
  let comparing: Promise<void> | null = null
  let doubted = false
  const stopped = new AbortController()

  const tails = Object.fromEntries(
    streams.map((stream) => [
      stream,
      createTail({
        pool,
        stream,
        onEvent: (event) => {
          for (const listener of eventListeners) listener(event)
        },
        onDoubt: () => {
          doubted = true
          compare().catch(() => {})
        },
      }),
    ]),
  ) as Record<Stream, Tail>

  const isFresh = () => !doubted && performance.now() - comparedAt < freshForMs

  /** The log is not the one that was followed: drop what rests on it and begin anew. */
  function beginAnew(heads: Heads) {
    if (generation !== null) logger.warn({ from: generation, to: heads.generation }, 'the log changed under the tails')
    generation = heads.generation
    for (const stream of streams) tails[stream].reset(heads.places[stream])
    for (const listener of resetListeners) listener()
  }

  async function compareOnce() {
    const began = performance.now()
    const heads = await readHeads(pool)
    // A tail may have moved on since that snapshot: only what the snapshot can speak of counts against it.
    const behind = streams.filter((stream) => tails[stream].head.position < heads.places[stream].position)
    if (generation !== heads.generation) beginAnew(heads)
    else {
      doubted = false
      await Promise.all(behind.map((stream) => tails[stream].look()))
      if (doubted || (await contradicted(heads))) beginAnew(await readHeads(pool))
    }
    doubted = false
    comparedAt = began
    for (const stream of streams) tails[stream].wake()
  }

  /** True when a tail holds another event than PostgreSQL at a head's position, or events that PostgreSQL does not have. */
  async function contradicted(heads: Heads): Promise<boolean> {
    const suspects = streams.filter((stream) => !samePlace(tails[stream].head, heads.places[stream]))
    for (const stream of suspects) {
      await tails[stream].look()
      if (doubted) return true
    }
    return false
  }

  function compare(): Promise<void> {
    comparing ??= compareOnce().finally(() => {
      comparing = null
    })
    return comparing
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
      await doorbell.listen((events) => this.offer(events))
      await compare()
      void keepComparing()
    },
    stop() {
      stopped.abort()
      for (const stream of streams) tails[stream].close()
    },
  }
}
