import { UnavailableError } from '../errors.ts'

/** At most `max` at a time, first come first served; who would wait longer than `waitMs` is sent away. */
export function createTurns({ max, waitMs }: { max: number; waitMs: number }) {
  let free = max
  const waiting: (() => void)[] = []

  function take(): Promise<void> | void {
    if (free > 0) {
      free -= 1
      return
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.splice(waiting.indexOf(begin), 1)
        reject(new UnavailableError('Too many documents are being checked: try again.'))
      }, waitMs)
      const begin = () => {
        clearTimeout(timer)
        resolve()
      }
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
