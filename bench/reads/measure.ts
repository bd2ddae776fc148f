import { cpuMillisOf, residentBytesOf } from '../cpu.ts'
import type { Child } from '../processes.ts'
import { percentile } from '../statistics.ts'
import type { Load, Loaded } from './client.ts'
import type { Data } from './data.ts'
import type { Running, Subject } from './servers.ts'
import { createWire } from './wire.ts'
import type { Workload } from './workloads.ts'

export const connections = 32
const primeSeconds = 0.3
const leastShare = 0.8

export type Run = {
  /** Those of one round were measured within seconds of each other. */
  round: number
  subject: string
  workload: string
  perSecond: number
  p50Ms: number
  p99Ms: number
  nodeCpuMs: number
  postgresCpuMs: number
  /** Of one core. */
  serverCpu: number
  clientCpu: number
  postgresCpu: number
  residentBytes: number
  bytes: number
  hitShare: number
}
type Options = {
  client: Child
  running: Running
  subject: Subject
  workload: Workload
  data: Data
  postgresPid: number
  seconds: number
  round: number
}

/** One server under one workload for some seconds. */
export async function measure(options: Options): Promise<Run> {
  const { client, running, subject, workload, data, postgresPid, seconds, round } = options
  const { server } = running
  const wire = createWire({
    host: new URL(server.url).host,
    query: subject.queries?.[workload.name] ?? workload.query,
    variable: workload.variable,
    value: workload.fixed(data),
    headers: running.headers,
    draw: workload.draw(data),
  })
  const load: Load = { port: Number(new URL(server.url).port), connections, seconds, wire }
  const run = (asked: Load) =>
    client.ask<Loaded>('run', asked).catch((error: Error) => {
      throw new Error(`${workload.name}: ${subject.name} broke off\n${error.message}`)
    })
  // Connections that were idle too long are opened again, and what an earlier turn left to do is done.
  await run({ ...load, seconds: primeSeconds })
  const used = () => ({ node: cpuMillisOf(server.pid), postgres: cpuMillisOf(postgresPid) })
  const before = used()
  const { count, fault, hits, bytes, leastBytes, mostBytes, elapsedMs, cpuMicros, durationsMs } = await run(load)
  const after = used()
  if (fault !== null) throw new Error(`${workload.name}: ${subject.name} does not answer\n${fault}`)
  // An answer without data is short.
  if (leastBytes < mostBytes * leastShare)
    throw new Error(`${workload.name}: ${subject.name} answers with ${leastBytes} to ${mostBytes} bytes`)
  if (hits > 0 && !workload.cached)
    throw new Error(`${workload.name}: ${hits} answers of ${subject.name} were kept ones`)
  const durations = [...durationsMs]
  const node = after.node - before.node
  const postgres = after.postgres - before.postgres
  return {
    round,
    subject: subject.name,
    workload: workload.name,
    perSecond: (count / elapsedMs) * 1000,
    p50Ms: percentile(durations, 0.5)!,
    p99Ms: percentile(durations, 0.99)!,
    nodeCpuMs: node / count,
    postgresCpuMs: postgres / count,
    serverCpu: node / elapsedMs,
    clientCpu: cpuMicros / 1000 / elapsedMs,
    postgresCpu: postgres / elapsedMs,
    residentBytes: residentBytesOf(server.pid),
    bytes: bytes / count,
    hitShare: hits / count,
  }
}
