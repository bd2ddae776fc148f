import { setTimeout as sleep } from 'node:timers/promises'
import { wayForTest } from './way.ts'

/**
 * A way to a server that can be cut without a word, as when a cable is pulled: nothing arrives, and nobody is told.
 * `answersAfterMs`: how long what the server says is under way, asked for each piece of it; in order all the same.
 */
export async function startProxy(target: string, { answersAfterMs = (): number => 0 } = {}) {
  let cut = false
  const { url, sockets } = await wayForTest(target, (from, to, isAnswer) => {
    let underWay = Promise.resolve()
    from.on('data', (bytes) => {
      const delayMs = isAnswer ? answersAfterMs() : 0
      underWay = underWay.then(() => (delayMs > 0 ? sleep(delayMs) : undefined)).then(() => void to.write(bytes))
    })
    if (cut) from.pause()
  })
  return {
    url,
    cut() {
      cut = true
      for (const socket of sockets) socket.pause()
    },
    mend() {
      cut = false
      for (const socket of sockets) socket.resume()
    },
  }
}
