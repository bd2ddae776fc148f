import type { Usage } from '../probe.ts'
import type { Child } from '../processes.ts'
import { percentile } from '../statistics.ts'
import type { Heard } from './client.ts'
import type { Published } from './publisher.ts'
import { deliveriesOf, topicCount } from './topics.ts'

export type Bench = {
  server: Child
  client: Child
  publisher: Child
  sockets: number
  /** When the events of all steps were committed, by their number. */
  micros: Map<number, number>
}

/** What one step of the load has come to. */
export type Step = {
  wantedPerSecond: number
  /** What the writer has brought about, which may be less. */
  duePerSecond: number
  deliveriesPerSecond: number
  p50Ms: number | null
  p99Ms: number | null
  samples: number
  cpuMicrosPerDelivery: number | null
  serverCpu: number
  clientCpu: number
  ended: Record<string, number>
}

const samplesPerStep = 10_000
/** Less than this share of what was wanted is behind: with a step of a second or two the edges count. */
const keepingUp = 0.93

export const isBehind = (step: Step) => step.deliveriesPerSecond < step.wantedPerSecond * keepingUp

/** Events at a steady rate for so long, with what they cost the server and how long they took. */
export async function runStep(bench: Bench, wantedPerSecond: number, seconds: number) {
  const { server, client, publisher, sockets } = bench
  const eventsPerSecond = (wantedPerSecond * topicCount) / sockets
  const expected = wantedPerSecond * seconds
  const before = await server.ask<Usage>('usage')
  await client.ask('begin', { sampleEvery: oddAtLeast(expected / samplesPerStep) })
  const published = await publisher.ask<Published>('publish', { eventsPerSecond, seconds })
  const after = await server.ask<Usage>('usage')
  const heard = await client.ask<Heard>('end')

  const { first, micros } = published
  for (const [index, at] of micros.entries()) bench.micros.set(first + index, at)
  const delaysMs: number[] = []
  for (const [index, number] of heard.numbers.entries()) {
    const at = bench.micros.get(number)
    // Not of the roll calls.
    if (at !== undefined) delaysMs.push((heard.micros[index]! - at) / 1_000)
  }
  const cpuMicros = after.cpuMicros - before.cpuMicros
  const step: Step = {
    wantedPerSecond,
    duePerSecond: (deliveriesOf(first, micros.length, sockets) / published.elapsedMicros) * 1e6,
    deliveriesPerSecond: (heard.deliveries / heard.elapsedMicros) * 1e6,
    p50Ms: percentile(delaysMs, 0.5),
    p99Ms: percentile(delaysMs, 0.99),
    samples: delaysMs.length,
    cpuMicrosPerDelivery: heard.deliveries > 0 ? cpuMicros / heard.deliveries : null,
    serverCpu: cpuMicros / heard.elapsedMicros,
    clientCpu: heard.cpuMicros / heard.elapsedMicros,
    ended: heard.ended,
  }
  return step
}

/** With an even one a topic could be sampled more often than another. */
const oddAtLeast = (value: number) => 2 * Math.floor(Math.max(value, 1) / 2) + 1
