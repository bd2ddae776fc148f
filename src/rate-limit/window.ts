/** A minute in slots of a second. */
export const windowSlots = 60

export type Window = ReturnType<typeof createWindow>

/**
 * What happened within the last 60 slots of time. The slot that is partly out is counted whole: whoever goes by it is
 * never over a limit, whichever 60 slots' time one looks at.
 */
export function createWindow(slotMs: number) {
  /** In the order of time. */
  const counts = new Map<number, number>()
  let total = 0

  function forgetBefore(slot: number) {
    for (const [oldest, count] of counts) {
      if (oldest >= slot) return
      counts.delete(oldest)
      total -= count
    }
  }

  return {
    used(nowMs: number): number {
      forgetBefore(Math.floor(nowMs / slotMs) - windowSlots)
      return total
    },
    add(nowMs: number) {
      const slot = Math.floor(nowMs / slotMs)
      counts.set(slot, (counts.get(slot) ?? 0) + 1)
      total += 1
    },
    /** How long it takes until something is out. */
    freeInMs(nowMs: number): number {
      const [oldest] = counts.keys()
      return oldest === undefined ? 0 : Math.max(0, (oldest + windowSlots + 1) * slotMs - nowMs)
    },
  }
}
