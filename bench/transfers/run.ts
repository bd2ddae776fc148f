import { createCleanup } from '../../src/cleanup.ts'
import type { Settings } from '../args.ts'
import { machineFacts } from '../machine.ts'
import type { Usage } from '../probe.ts'
import { type Report, ratio, type Table, tenths, times, whole } from '../report.ts'
import { startServices } from '../services.ts'
import { median, percentile } from '../statistics.ts'
import { byHand } from './by-hand.ts'
import { throughGateway } from './through-gateway.ts'

const workloads = [
  { name: 'batches', title: 'batches of 500', batch: 500, writers: 4, floor: 20_000 },
  { name: 'single', title: 'one transfer a mutation', batch: 1, writers: 32, floor: null },
] as const
const ways = ['gateway', 'hand'] as const
const least = 0.8

type Record = (count: number) => Promise<void>
type Run = { workload: string; way: string; perSecond: number; p50Ms: number; p99Ms: number; cpuMicros: number | null }

/** Ingestion through the mutation, in turn with the same transaction by hand. */
export async function benchTransfers({ rounds, seconds, durable, profile }: Settings): Promise<Report> {
  const services = await startServices({ durable, profile })
  const cleanup = createCleanup()
  cleanup.add(services.stop)
  try {
    const database = await services.createDatabase()
    const gateway = await throughGateway(database, services)
    cleanup.add(gateway.stop)
    const hand = await byHand(database, Math.max(...workloads.map(({ writers }) => writers)))
    cleanup.add(hand.stop)
    const used = async () => (await gateway.usage<Usage>('usage')).cpuMicros

    const runs: Run[] = []
    for (let round = -1; round < rounds; round++) {
      for (const { name: workload, batch, writers } of workloads) {
        for (const way of ways) {
          process.stderr.write(`${round < 0 ? 'warm-up' : `round ${round + 1}`}: ${workload}, ${way}\n`)
          const before = await used()
          const record: Record = way === 'gateway' ? gateway.record : hand.record
          const load = await runLoad({ record, batch, writers, seconds })
          const cpuMicros = way === 'gateway' ? ((await used()) - before) / load.transfers : null
          if (round >= 0) runs.push({ workload, way, cpuMicros, ...load })
        }
      }
    }
    return {
      facts: [
        ...machineFacts(),
        ['PostgreSQL', await services.version()],
        ['run', `median of ${rounds}; ${seconds} s each, in turn`],
      ],
      tables: [tableOf(runs), targetsOf(runs)],
      raw: { runs },
    }
  } finally {
    await cleanup.run()
  }
}

type Load = { record: Record; batch: number; writers: number; seconds: number }

/** So many writers, each with its next call when the last one is answered. */
async function runLoad({ record, batch, writers, seconds }: Load) {
  const durationsMs: number[] = []
  const began = performance.now()
  const isOver = () => performance.now() - began >= seconds * 1000
  const write = async () => {
    while (!isOver()) {
      const from = performance.now()
      await record(batch)
      durationsMs.push(performance.now() - from)
    }
  }
  await Promise.all(Array.from({ length: writers }, write))
  const transfers = durationsMs.length * batch
  return {
    transfers,
    perSecond: (transfers / (performance.now() - began)) * 1000,
    p50Ms: percentile(durationsMs, 0.5)!,
    p99Ms: percentile(durationsMs, 0.99)!,
  }
}

const medianOf = (runs: Run[], workload: string, way: string, value: (run: Run) => number | null) =>
  median(runs.filter((run) => run.workload === workload && run.way === way).map(value))

const perSecondOf = (runs: Run[], workload: string, way: string) =>
  medianOf(runs, workload, way, ({ perSecond }) => perSecond)

const tableOf = (runs: Run[]): Table => ({
  title: 'Transfers into the log',
  columns: ['writers', 'way', 'transfers/s', 'of by hand', 'p50 ms', 'p99 ms', 'gateway CPU µs each'],
  rows: workloads.flatMap(({ name, title, writers }) =>
    ways.map((way) => [
      `${writers}, ${title}`,
      way === 'gateway' ? '**mutation with an API key**' : 'by hand in SQL',
      whole(perSecondOf(runs, name, way)),
      times(ratio(perSecondOf(runs, name, way), perSecondOf(runs, name, 'hand'))),
      tenths(medianOf(runs, name, way, ({ p50Ms }) => p50Ms)),
      tenths(medianOf(runs, name, way, ({ p99Ms }) => p99Ms)),
      tenths(medianOf(runs, name, way, ({ cpuMicros }) => cpuMicros)),
    ]),
  ),
})

const targetsOf = (runs: Run[]): Table => ({
  title: 'Gatehouse and its targets',
  columns: ['figure', 'is', 'at least', 'met'],
  rows: workloads.flatMap(({ name, title, floor }) => {
    const ours = perSecondOf(runs, name, 'gateway')
    const share = ratio(ours, perSecondOf(runs, name, 'hand'))
    const met = (value: number | null, bound: number) => (value !== null && value >= bound ? 'yes' : 'no')
    return [
      [`${title}, of by hand`, times(share), `≥ ${least}`, met(share, least)],
      ...(floor ? [[`${title}, transfers/s`, whole(ours), `≥ ${whole(floor)}`, met(ours, floor)]] : []),
    ]
  }),
})
