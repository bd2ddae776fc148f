import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A way to a server that can be made to lead to another one, as an address does that is moved in a failover. */
export async function startSwitch(target: string) {
  let leadsTo = new URL(target)
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(Number(leadsTo.port), leadsTo.hostname)
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from)
      from.on('error', () => to.destroy())
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
      from.pipe(to)
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = new URL(target)
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const disconnect = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: url.href,
    /** Whoever is connected has to come again. */
    leadTo(other: string) {
      leadsTo = new URL(other)
      disconnect()
    },
    stop() {
      server.close()
      disconnect()
    },
  }
}
