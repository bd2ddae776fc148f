import { createCleanup } from '../../src/cleanup.ts'
import type { Settings } from '../args.ts'
import { coreCount } from '../machine.ts'
import { startChild } from '../processes.ts'
import { ratio, type Table, tenths, times, whole } from '../report.ts'
import type { Services } from '../services.ts'
import { median } from '../statistics.ts'
import { measure, type Run } from './measure.ts'
import { gatehouse, type Running, type Stage, startOurs } from './servers.ts'
import { targetRow, thousandths } from './tables.ts'
import { inTurns, say, secondsOf } from './turns.ts'
import { workloads } from './workloads.ts'

const counts = [1, 2]
const leastTimes = 1.6
/** For two processes and a client that is not in their way. */
const coresNeeded = 4

type Options = { services: Services; stage: Stage; settings: Settings }
/** Workers share no embedded store, and no workload needs one. */
const noStore = { S3_ENDPOINT: 'http://127.0.0.1:9', S3_ACCESS_KEY_ID: 'none', S3_SECRET_ACCESS_KEY: 'none' }

type CountedRun = Run & { count: number }

/** Answers from the cache by one and by two processes, with all cores for everybody: there the database has nothing to do. */
export async function benchWorkers({ services, stage: { database, data }, settings }: Options) {
  const { rounds } = settings
  const cleanup = createCleanup()
  try {
    const client = await startChild({ name: 'client', file: 'reads/client.ts', place: 'anywhere' })
    cleanup.add(client.stop)
    const gateways: { count: number; running: Running }[] = []
    for (const count of counts) {
      const options = { variables: { WORKERS: String(count), ...noStore }, place: 'anywhere' } as const
      const running = await startOurs(services, database, data, options)
      cleanup.add(running.server.stop)
      gateways.push({ count, running })
    }
    const { postgresPid } = services
    const cached = workloads.filter((workload) => workload.cached)
    const runs: CountedRun[] = []
    for (const workload of cached) {
      const measured = await inTurns(gateways, rounds, async ({ count, running }, round) => {
        say(`WORKERS=${count}, ${workload.name}`, round)
        return {
          count,
          ...(await measure({
            client,
            running,
            subject: gatehouse,
            workload,
            data,
            postgresPid,
            seconds: secondsOf(settings, round),
            round,
          })),
        }
      })
      runs.push(...measured)
    }
    return resultOf(
      cached.map(({ name }) => name),
      runs,
    )
  } finally {
    await cleanup.run()
  }
}

function resultOf(names: string[], runs: CountedRun[]) {
  const of = (workload: string, count: number, value: (run: Run) => number) =>
    median(runs.filter((run) => run.workload === workload && run.count === count).map(value))
  const perSecond = (run: Run) => run.perSecond
  const cpu = (run: Run) => run.nodeCpuMs
  const table: Table = {
    title: 'One and two processes, Gatehouse, all on the same cores',
    columns: ['workload', 'WORKERS', 'req/s', 'of one', 'CPU ms, Node', 'cores of Gatehouse', 'cores of the client'],
    rows: names.flatMap((name) =>
      counts.map((count) => [
        name,
        String(count),
        whole(of(name, count, perSecond)),
        times(ratio(of(name, count, perSecond), of(name, 1, perSecond))),
        thousandths(of(name, count, cpu)),
        tenths(of(name, count, ({ serverCpu }) => serverCpu)),
        tenths(of(name, count, ({ clientCpu }) => clientCpu)),
      ]),
    ),
  }
  const targets = names.flatMap((name) => {
    // As many requests as two cores had time for, of those of one: worked out, not measured, where there are not enough.
    const byCpu = 2 * (ratio(of(name, 1, cpu), of(name, 2, cpu)) ?? 0) || null
    const measured = ratio(of(name, 2, perSecond), of(name, 1, perSecond))
    return [
      targetRow(
        [name, 'two processes on cores of their own, worked out from their CPU time'],
        byCpu,
        leastTimes,
        'least',
      ),
      // Where the client needs a core, two processes cannot have two.
      coreCount < coresNeeded
        ? [name, `two processes on ${coreCount} cores with their client`, times(measured), '–', '–']
        : targetRow([name, 'two processes'], measured, leastTimes, 'least'),
    ]
  })
  return { table, targets, raw: { workers: runs } }
}
