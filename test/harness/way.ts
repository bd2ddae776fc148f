import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** What becomes of what comes from one end, on its way to the other. */
type Carry = (from: Socket, to: Socket, isAnswer: boolean) => unknown

/** A way to a server, with a port of its own that it keeps. Closed, it cuts as a server does that stops. */
export async function startWay(target: string, carry: Carry = (from, to) => from.pipe(to)) {
  let leadsTo = new URL(target)
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(Number(leadsTo.port), leadsTo.hostname)
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from)
      from.on('error', () => {})
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
      carry(from, to, from === upstream)
    }
  })
  async function listen(at: number) {
    server.listen(at, '127.0.0.1')
    await once(server, 'listening')
  }
  await listen(0)
  const { port } = server.address() as AddressInfo
  const way = new URL(target)
  way.host = `127.0.0.1:${port}`
  return {
    url: way.href,
    sockets,
    async close() {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
    /** Again, to the same server or to another one. */
    async open(to = leadsTo.href) {
      leadsTo = new URL(to)
      await listen(port)
    },
  }
}

/** One that ends with the test. */
export async function wayForTest(...options: Parameters<typeof startWay>) {
  const way = await startWay(...options)
  onTestFinished(way.close)
  return way
}
