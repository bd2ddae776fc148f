import { createCleanup } from '../../src/cleanup.ts'
import { chosenOf, type Settings } from '../args.ts'
import { machineFacts } from '../machine.ts'
import { startChild } from '../processes.ts'
import type { Report } from '../report.ts'
import { startServices } from '../services.ts'
import { versions } from '../versions.ts'
import { checkAnswers } from './check.ts'
import { benchGrowth } from './growth.ts'
import { connections, measure, type Run } from './measure.ts'
import { setStage, subjects } from './servers.ts'
import { chartOfRuns, tableOf, targetRows, targetsTable } from './tables.ts'
import { inTurns, say, secondsOf } from './turns.ts'
import { benchWorkers } from './workers.ts'
import { workloads } from './workloads.ts'

const users = 10_000
const packages = {
  PostGraphile: 'postgraphile',
  Mercurius: 'mercurius',
  'Apollo Server': '@apollo/server',
  Yoga: 'graphql-yoga',
  Pothos: '@pothos/core',
  drizzle: 'drizzle-orm',
  pg: 'pg',
}

/** W1 to W4, all servers in turn on the same data, so that what the machine does to one it does to all. */
export async function benchReads(settings: Settings): Promise<Report> {
  const chosen = chosenOf('servers', subjects, settings.servers)
  const asked = chosenOf('workloads', workloads, settings.workloads)
  const { rounds, seconds } = settings
  const services = await startServices(settings)
  const cleanup = createCleanup()
  cleanup.add(services.stop)
  try {
    const client = await startChild({ name: 'client', file: 'reads/client.ts', place: 'others' })
    cleanup.add(client.stop)
    const stage = await setStage(services, chosen, users)
    cleanup.add(stage.stop)
    await checkAnswers(stage, chosen, asked)

    const runs: Run[] = []
    for (const workload of asked) {
      const taking = chosen.filter(({ caches }) => caches || !workload.cached)
      const measured = await inTurns(taking, rounds, (subject, round) => {
        say(`${workload.name} ${subject.name}`, round)
        const running = stage.runningOf(subject, workload.cached)
        const { data } = stage
        const { postgresPid } = services
        const seconds = secondsOf(settings, round)
        return measure({ client, running, subject, workload, data, postgresPid, seconds, round })
      })
      runs.push(...measured)
    }
    const version = await services.version()
    const more = [
      ...(settings.growth ? [await benchGrowth({ services, client, settings })] : []),
      ...(settings.workers ? [await benchWorkers({ services, stage, settings })] : []),
    ]
    return {
      facts: [
        ...machineFacts(),
        ['PostgreSQL', version],
        ['servers', versions(packages)],
        ['run', `${connections} connections; median of ${rounds}; ${seconds} s each, in turn`],
      ],
      tables: [
        ...asked.map((workload) => tableOf(runs, workload)),
        ...more.map(({ table }) => table),
        targetsTable([...targetRows(runs, asked), ...more.flatMap(({ targets }) => targets)]),
      ],
      raw: { runs, more: more.map(({ raw }) => raw) },
      chart: chartOfRuns(runs, asked),
    }
  } finally {
    await cleanup.run()
  }
}
