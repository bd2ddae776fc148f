import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { onTestFinished } from 'vitest'

/**
 * A way to a server that can be cut without a word, as when a cable is pulled: nothing arrives, and nobody is told.
 * `answersAfterMs`: how long what the server says is under way, asked for each piece of it; in order all the same.
 */
export async function startProxy(target: string, { answersAfterMs = (): number => 0 } = {}) {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  let cut = false
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname)
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from)
      let underWay = Promise.resolve()
      from.on('data', (bytes) => {
        const delayMs = from === upstream ? answersAfterMs() : 0
        underWay = underWay.then(() => (delayMs > 0 ? sleep(delayMs) : undefined)).then(() => void to.write(bytes))
      })
      from.on('error', () => {})
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
      if (cut) from.pause()
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  const url = new URL(target)
  url.hostname = '127.0.0.1'
  url.port = String((server.address() as AddressInfo).port)
  return {
    url: url.href,
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
