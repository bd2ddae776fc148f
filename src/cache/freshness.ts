import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { type Stream, streams } from '../db/schema/event.ts'
import { readTouches } from '../log/read.ts'
import type { Tails } from '../log/tails.ts'
import type { Logger } from '../logger.ts'
import { createTouches, type Positions } from './touches.ts'

/** So much of each stream is looked through at the start: what other processes read before it is not used. */
const filledPositions = 5_000
const retryMs = 1_000

export type Freshness = ReturnType<typeof createFreshness>
type Options = { tails: Tails; pool: pg.Pool; logger: Logger; maxTags?: number }

/**
 * Whether something that was read before is still what PostgreSQL would say, as far as this process knows, and whether
 * it knows enough: the tails are fresh, and what the log says of the time before it began has been read.
 */
export function createFreshness({ tails, pool, logger, maxTags }: Options) {
  const touches = createTouches(maxTags === undefined ? {} : { maxTags })
  const resetListeners: (() => void)[] = []
  /** How often the log changed under the tails: what is read of one log is not filled in for another. */
  let epoch = 0
  let isFilled = false

  async function fill(heads: Positions) {
    const current = epoch
    while (current === epoch && !pool.ending) {
      try {
        const found = await Promise.all(
          streams.map((stream) => readTouches(pool, stream, heads[stream], filledPositions)),
        )
        if (current !== epoch) return
        for (const { stream, floor, touched } of found) touches.fill(stream, floor, touched)
        isFilled = true
        return
      } catch (error) {
        if (!pool.ending) logger.warn({ err: error }, 'nothing is cached yet: the log could not be read')
        await sleep(retryMs, undefined, { ref: false })
      }
    }
  }

  function begin() {
    const heads = Object.fromEntries(streams.map((stream) => [stream, tails.of(stream).head.position])) as Record<
      Stream,
      number
    >
    epoch += 1
    isFilled = false
    touches.begin(heads)
    for (const listener of resetListeners) listener()
    void fill(heads)
  }

  return {
    /** Called once, after those whom an event must reach before the cache. */
    follow() {
      tails.onReset(begin)
      tails.onEvent(touches.apply)
    },
    onReset: (listener: () => void) => resetListeners.push(listener),
    /** False: nothing is answered from memory and nothing is stored. */
    isKnown: () => isFilled && tails.isFresh(),
    /** Which log all of this is about. */
    log: () => tails.log ?? '',
    mark: touches.mark,
    holds: touches.holds,
    holdsSince: touches.holdsSince,
  }
}
