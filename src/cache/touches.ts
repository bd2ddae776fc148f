import { type Stream, streams } from '../db/schema/event.ts'
import type { LoggedEvent } from '../log/event.ts'

export type Positions = Record<Stream, number>
/** What had been applied at a moment: by the clock of this process, and in each stream for other processes. */
export type Mark = { clock: number; positions: Positions }
/** Something that was read at a moment, or after it, of what these tags name. */
export type Read = { tags: readonly string[]; clock: number }

type Touch = { clock: number; positions: Partial<Positions> }

const everywhere = (position: number) =>
  Object.fromEntries(streams.map((stream) => [stream, position])) as Record<Stream, number>

/**
 * When each tag was touched last. The clock counts the events that this process has applied: to know whether something
 * of its own is still true takes a number for each tag. What comes from elsewhere is known by its positions. The map is
 * bounded: of what was touched before the floor nothing is known, so nothing that is older counts as true.
 */
export function createTouches({ maxTags = 100_000 } = {}) {
  let clock = 0
  let floorClock = 0
  let positions = everywhere(0)
  let begun = everywhere(Number.POSITIVE_INFINITY)
  let floors = { ...begun }
  /** In the order in which they were touched. */
  const touches = new Map<string, Touch>()

  function touch(tag: string, at: number, stream: Stream, position: number) {
    const known = touches.get(tag) ?? { clock: 0, positions: {} }
    known.clock = Math.max(at, known.clock)
    known.positions[stream] = Math.max(position, known.positions[stream] ?? 0)
    touches.delete(tag)
    touches.set(tag, known)
    if (touches.size > maxTags) forgetOldest()
  }

  function forgetOldest() {
    for (const [tag, oldest] of touches) {
      touches.delete(tag)
      floorClock = Math.max(floorClock, oldest.clock)
      for (const [stream, position] of Object.entries(oldest.positions) as [Stream, number][]) {
        floors[stream] = Math.max(floors[stream], position)
      }
      return
    }
  }

  return {
    mark: (): Mark => ({ clock, positions: { ...positions } }),
    apply({ stream, position, tags }: Pick<LoggedEvent, 'stream' | 'position' | 'tags'>) {
      clock += 1
      positions[stream] = position
      for (const tag of tags) touch(tag, clock, stream, position)
    },
    /** Another log, or the first: of what was read before nothing counts any more. */
    begin(heads: Positions) {
      clock += 1
      floorClock = clock
      positions = { ...heads }
      begun = { ...heads }
      floors = { ...heads }
      touches.clear()
    },
    /** What had been touched before the beginning: all of it that lies after the floor. */
    fill(stream: Stream, floor: number, touched: readonly { tag: string; position: number }[]) {
      // Unless the map has been full since.
      if (floors[stream] === begun[stream]) floors[stream] = floor
      for (const { tag, position } of touched) touch(tag, 0, stream, position)
    },
    /** Whether nothing of it was touched since. If so it is as good as read now, and the next time asks from here on. */
    holds(read: Read): boolean {
      if (read.clock === clock) return true
      if (read.clock < floorClock) return false
      for (const tag of read.tags) if ((touches.get(tag)?.clock ?? 0) > read.clock) return false
      read.clock = clock
      return true
    },
    /** The same of what another process read after these positions, in the streams that are named. */
    holdsSince(tags: readonly string[], since: Partial<Positions>): boolean {
      const named = Object.entries(since) as [Stream, number][]
      return named.every(
        ([stream, position]) =>
          position >= floors[stream] && tags.every((tag) => (touches.get(tag)?.positions[stream] ?? 0) <= position),
      )
    },
  }
}
