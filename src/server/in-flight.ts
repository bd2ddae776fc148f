import type { ServerResponse } from 'node:http'

/**
 * The answers that are due. In places that are used again: a Set that changes with each request leaves tables behind that
 * hold one another, and V8 keeps them, with every answer that was in them, until it collects old space.
 */
export function createInFlight() {
  const places: (ServerResponse | null)[] = []
  const free: number[] = []
  let onDrained = () => {}

  return {
    /** Returns what to call when it is over. */
    add(res: ServerResponse): () => void {
      const place = free.pop() ?? places.length
      places[place] = res
      return () => {
        places[place] = null
        free.push(place)
        if (free.length === places.length) onDrained()
      }
    },
    size: () => places.length - free.length,
    all: () => places.filter((res) => res !== null),
    /** When none is due, which may be now. */
    drained: () =>
      new Promise<void>((resolve) => {
        if (free.length === places.length) resolve()
        else onDrained = resolve
      }),
  }
}
