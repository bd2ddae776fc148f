import { setTimeout as sleep } from 'node:timers/promises'
import { createCleanup } from '../../src/cleanup.ts'
import type { Usage } from '../probe.ts'
import { startChild } from '../processes.ts'
import type { Services } from '../services.ts'
import type { Subject } from './servers.ts'
import { type Bench, isBehind, runStep, type Step } from './step.ts'
import { topicCount } from './topics.ts'

export const steadyPerSecond = 20_000
/** The first sockets make the server load what it needs for a socket: that is no socket's memory. */
const firstSockets = 50
const warmUpSeconds = 1
const idleEventsPerSecond = 25
const rollCallMs = 20_000
const settleMs = 10_000

export type Measurement = {
  subject: string
  sockets: number
  bytesPerSocket: number
  idle: Step
  steady: Step
  steps: Step[]
  peak: Step
}
type Options = { services: Services; subject: Subject; sockets: number; seconds: number; factor: number }

/** One server from its start to its saturation. */
export async function measure(options: Options): Promise<Measurement> {
  const cleanup = createCleanup()
  try {
    return await measureWith(options, (end) => cleanup.add(end))
  } finally {
    await cleanup.run()
  }
}

async function measureWith(
  { services, subject, sockets, seconds, factor }: Options,
  atEnd: (end: () => Promise<unknown>) => void,
): Promise<Measurement> {
  const { server, authorizations, publisher, stop } = await subject.start(services, sockets)
  atEnd(stop)
  const start = async (name: string, variables: Record<string, string> = {}) => {
    const child = await startChild({ name, file: `subscriptions/${name}.ts`, place: 'others', variables })
    atEnd(child.stop)
    return child
  }
  const bench: Bench = {
    server,
    client: await start('client'),
    publisher: await start('publisher', publisher),
    sockets,
    micros: new Map(),
  }
  await bench.publisher.ask('ready')

  const port = Number(new URL(server.url).port)
  const open = (first: number, count: number) => bench.client.ask('open', { port, first, count, authorizations })
  const few = Math.min(firstSockets, sockets - 1)
  await open(0, few)
  await rollCall(bench)
  const before = await server.ask<Usage>('idleUsage')
  await open(few, sockets - few)
  await rollCall(bench)
  await sleep(500)
  const after = await server.ask<Usage>('idleUsage')

  await runStep(bench, steadyPerSecond / 2, warmUpSeconds)
  await settled(bench)
  const idle = await runStep(bench, (idleEventsPerSecond * sockets) / topicCount, seconds)
  const steady = await runStep(bench, steadyPerSecond, seconds)
  const steps = [steady]
  // Behind twice in a row: once may be the machine's doing.
  for (let behind = 0; ; ) {
    const last = steps.at(-1)!
    behind = isBehind(last) ? behind + 1 : 0
    if (behind === 2 || Object.keys(last.ended).length > 0) break
    steps.push(await runStep(bench, last.wantedPerSecond * factor, seconds))
  }
  return {
    subject: subject.name,
    sockets,
    bytesPerSocket: (after.residentBytes - before.residentBytes) / (sockets - few),
    idle,
    steady,
    steps,
    peak: steps.reduce((best, step) => (step.deliveriesPerSecond > best.deliveriesPerSecond ? step : best)),
  }
}

/** A subscription is not acknowledged: whoever has heard an event is subscribed. */
async function rollCall({ client, publisher }: Bench) {
  const deadline = performance.now() + rollCallMs
  for (let silent = -1; silent !== 0; silent = await client.ask<number>('silent')) {
    if (performance.now() > deadline) throw new Error(`${silent} subscribers hear nothing`)
    await publisher.ask('publishOnce', { count: topicCount })
    await sleep(100)
  }
}

/** What is still on its way has come, or never will. */
async function settled({ client }: Bench) {
  const deadline = performance.now() + settleMs
  const count = () => client.ask<number>('deliveries')
  for (let last = -1, now = await count(); now !== last && performance.now() < deadline; ) {
    await sleep(200)
    last = now
    now = await count()
  }
}
