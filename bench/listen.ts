import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export const redisUrl = process.env.REDIS_URL!

/** On a free port, and says so. */
export function listen(server: Server) {
  server.listen(0, '127.0.0.1', () => {
    console.log(`ready at http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  })
}
