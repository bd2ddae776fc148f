import type { Socket } from 'node:net'
import { answer } from '../ask.ts'
import { openConnection } from './connection.ts'
import { drawInto, type Wire } from './wire.ts'

export type Load = { port: number; connections: number; seconds: number; wire: Wire }
export type Loaded = {
  count: number
  /** Of the first that is none. */
  fault: string | null
  hits: number
  bytes: number
  /** Of the shortest and of the longest answer. */
  leastBytes: number
  mostBytes: number
  elapsedMs: number
  cpuMicros: number
  durationsMs: Float64Array
}

const maxDurations = 2_000_000
const durations = new Float64Array(maxDurations)

answer({
  /** So many connections, each with its next request when the last is answered. */
  run: ({ port, connections, seconds, wire }: Load) =>
    new Promise<Loaded>((resolve, reject) => {
      let count = 0
      let fault: string | null = null
      let hits = 0
      let bytes = 0
      let leastBytes = Number.POSITIVE_INFINITY
      let mostBytes = 0
      let open = connections
      const sockets: Socket[] = []
      const cpu = process.cpuUsage()
      const began = performance.now()
      const endsAt = began + seconds * 1000

      function end() {
        const elapsedMs = performance.now() - began
        const { user, system } = process.cpuUsage(cpu)
        for (const socket of sockets) socket.removeAllListeners('close').destroy()
        const durationsMs = durations.slice(0, Math.min(count, maxDurations))
        resolve({ count, fault, hits, bytes, leastBytes, mostBytes, elapsedMs, cpuMicros: user + system, durationsMs })
      }

      for (let index = 0; index < connections; index++) {
        // Written into while nothing of it is on its way.
        const own = { ...wire, bytes: Buffer.from(wire.bytes) }
        let from = began
        const ask = () => {
          drawInto(own)
          from = performance.now()
          socket.write(own.bytes)
        }
        const socket = openConnection(
          port,
          (found) => {
            const now = performance.now()
            if (count < maxDurations) durations[count] = now - from
            count += 1
            bytes += found.bytes
            leastBytes = Math.min(leastBytes, found.bytes)
            mostBytes = Math.max(mostBytes, found.bytes)
            fault ??= found.fault
            if (found.isHit) hits += 1
            if (now < endsAt) return ask()
            open -= 1
            if (open === 0) end()
          },
          reject,
        )
        sockets.push(socket)
        ask()
      }
    }),
})
