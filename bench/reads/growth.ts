import { createCleanup } from '../../src/cleanup.ts'
import type { Settings } from '../args.ts'
import type { Child } from '../processes.ts'
import { ratio, type Table, tenths, times, whole } from '../report.ts'
import type { Services } from '../services.ts'
import { median, medianRatio } from '../statistics.ts'
import { type Data, makeData } from './data.ts'
import { measure, type Run } from './measure.ts'
import { gatehouse, type Running, startOurs } from './servers.ts'
import { boundByIn, targetRow, thousandths } from './tables.ts'
import { inTurns, say, secondsOf } from './turns.ts'
import { workloads } from './workloads.ts'

const smallUsers = 10_000
const largeUsers = 1_000_000
const mostTimes = 1.3

type Size = { applications: number; data: Data; running: Running }
type Options = { services: Services; client: Child; settings: Settings }

/** The page of W1 where there is little to page through, and where there is much. */
export async function benchGrowth({ services, client, settings }: Options) {
  const { rounds, quick } = settings
  const cleanup = createCleanup()
  try {
    const sizes: Size[] = []
    for (const users of [smallUsers, quick ? largeUsers / 10 : largeUsers]) {
      process.stderr.write(`growth: ${whole(users * 2)} applications are made\n`)
      const database = await services.createDatabase()
      cleanup.add(database.drop)
      const data = await makeData(database, users)
      const running = await startOurs(services, database, data)
      cleanup.add(running.server.stop)
      sizes.push({ applications: users * 2, data, running })
    }
    const { postgresPid } = services
    const [workload] = workloads
    const runs = await inTurns(sizes, rounds, async ({ applications, data, running }, round) => {
      say(`growth, ${whole(applications)} applications`, round)
      const given = {
        client,
        running,
        subject: gatehouse,
        workload: workload!,
        data,
        postgresPid,
        seconds: secondsOf(settings, round),
        round,
      }
      return { applications, ...(await measure(given)) }
    })
    return resultOf(
      sizes.map(({ applications }) => applications),
      runs,
    )
  } finally {
    await cleanup.run()
  }
}

type SizedRun = Run & { applications: number }

function resultOf(sizes: number[], runs: SizedRun[]) {
  const runsOf = (size: number) => runs.filter(({ applications }) => applications === size)
  const of = (size: number, value: (run: Run) => number) => median(runsOf(size).map(value))
  const [small, large] = sizes as [number, number]
  const figure = { perSecond: ({ perSecond }: Run) => perSecond, p50: ({ p50Ms }: Run) => p50Ms }
  const table: Table = {
    title: 'W1 with size, Gatehouse',
    columns: [
      'applications',
      'req/s',
      'of the first',
      'CPU ms, Node',
      'CPU ms, PostgreSQL',
      'p50 ms',
      'p99 ms',
      'bound by',
    ],
    rows: sizes.map((size) => [
      whole(size),
      whole(of(size, figure.perSecond)),
      times(ratio(of(size, figure.perSecond), of(small, figure.perSecond))),
      thousandths(of(size, ({ nodeCpuMs }) => nodeCpuMs)),
      thousandths(of(size, ({ postgresCpuMs }) => postgresCpuMs)),
      tenths(of(size, figure.p50)),
      tenths(of(size, ({ p99Ms }) => p99Ms)),
      boundByIn(runsOf(size)),
    ]),
  }
  const slower = medianRatio(runsOf(small), runsOf(large), figure.perSecond)
  const names = ['W1', `time a page with ${whole(large)} applications, of that with ${whole(small)}`]
  return { table, targets: [targetRow(names, slower, mostTimes, 'most')], raw: { growth: runs } }
}
