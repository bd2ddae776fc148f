export type Cleanup = ReturnType<typeof createCleanup>

/** What has to end, last begun first. An end that fails does not keep the others from ending. */
export function createCleanup() {
  const closers: (() => unknown)[] = []
  return {
    add: (close: () => unknown) => void closers.push(close),
    async run() {
      const failures: unknown[] = []
      for (let close = closers.pop(); close; close = closers.pop()) {
        try {
          await close()
        } catch (error) {
          failures.push(error)
        }
      }
      if (failures.length > 0) throw new AggregateError(failures, 'Not everything could be ended.')
    },
  }
}
