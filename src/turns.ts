import { UnavailableError } from './errors.ts'

export type InTurn = ReturnType<typeof createTurns>
/** Without `waitMs` everybody waits, however long. */
type Options = { max: number; waitMs?: number; refusal?: string }

/** At most `max` at a time, first come first served; who would wait longer than `waitMs` is sent away. */
export function createTurns({ max, waitMs, refusal = 'Try again.' }: Options) {
  let free = max
  const waiting: (() => void)[] = []

  function take(): Promise<void> | void {
    if (free > 0) {
      free -= 1
      return
    }
    return new Promise((resolve, reject) => {
      const begin = () => {
        clearTimeout(timer)
        resolve()
      }
      const leave = () => {
        waiting.splice(waiting.indexOf(begin), 1)
        reject(new UnavailableError(refusal))
      }
      const timer = waitMs === undefined ? undefined : setTimeout(leave, waitMs)
      waiting.push(begin)
    })
  }

  function giveBack() {
    const next = waiting.shift()
    if (next) next()
    else free += 1
  }

  return async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    await take()
    try {
      return await work()
    } finally {
      giveBack()
    }
  }
}
