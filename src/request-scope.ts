import { AsyncLocalStorage } from 'node:async_hooks'

const scope = new AsyncLocalStorage<string>()
let now: string | undefined

/** The id of the request that the work at hand is for, where nothing else would tell: in what the database's pool logs. */
export const requestScope = {
  run: <T>(requestId: string, work: () => T): T => scope.run(requestId, work),
  /** Of work that asks for its connection at once. A scope that goes along with all that follows costs a tenth of a short read. */
  runNow<T>(requestId: string, work: () => T): T {
    const before = now
    now = requestId
    try {
      return work()
    } finally {
      now = before
    }
  },
  /** Inside `runNow` alone. */
  now: (): string | undefined => now,
  current: (): string | undefined => now ?? scope.getStore(),
}
