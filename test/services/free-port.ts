import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

// Below the range that Linux gives to outgoing connections (from 32768): the port of a service that is down for a
// moment is still free when it comes back.
const lowestPort = 20_000
const highestPort = 32_000

async function isFree(port: number) {
  const server = createServer()
  try {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return true
  } catch {
    return false
  } finally {
    server.close()
  }
}

/** The first of `count` neighbouring loopback ports on which nobody listens. */
export async function freePort(count = 1): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const first = randomInt(lowestPort, highestPort)
    const ports = Array.from({ length: count }, (_, index) => first + index)
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return first
  }
  throw new Error(`No ${count} free ports next to each other between ${lowestPort} and ${highestPort}`)
}
