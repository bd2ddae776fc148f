import { createCleanup } from '../../src/cleanup.ts'
import type { Settings } from '../args.ts'
import { machineFacts } from '../machine.ts'
import { startChild } from '../processes.ts'
import type { Report } from '../report.ts'
import { startServices } from '../services.ts'
import { checkAnswers } from './check.ts'
import { connections, measure, type Run } from './measure.ts'
import { setStage, subjects } from './servers.ts'
import { tablesOf, targetsOf } from './tables.ts'
import { workloads } from './workloads.ts'

const users = 10_000

/** W1 to W4, all servers in turn on the same data, so that what the machine does to one it does to all. */
export async function benchReads({ rounds, seconds, servers, durable, profile }: Settings): Promise<Report> {
  const unknown = servers?.find((name) => !subjects.some((subject) => subject.name === name))
  if (unknown) throw new Error(`--servers: ${unknown} is none of ${subjects.map(({ name }) => name).join(', ')}`)
  const chosen = subjects.filter(({ name }) => servers === null || servers.includes(name))
  const services = await startServices({ durable, profile })
  const cleanup = createCleanup()
  cleanup.add(services.stop)
  try {
    const client = await startChild({ name: 'client', file: 'reads/client.ts', place: 'others' })
    cleanup.add(client.stop)
    const stage = await setStage(services, chosen, users)
    cleanup.add(stage.stop)
    await checkAnswers(stage, chosen, workloads)

    const runs: Run[] = []
    for (const workload of workloads) {
      const taking = chosen.filter(({ caches }) => caches || !workload.cached)
      for (let round = -1; round < rounds; round++) {
        const first = Math.max(round, 0) % taking.length
        // Nobody is always first.
        for (const subject of [...taking.slice(first), ...taking.slice(0, first)]) {
          process.stderr.write(`${workload.name}, ${round < 0 ? 'warm-up' : `round ${round + 1}`}: ${subject.name}\n`)
          const running = stage.runningOf(subject, workload.cached)
          const { postgresPid } = services
          const warmUp = Math.max(seconds, 1.5)
          const run = await measure({
            client,
            running,
            subject,
            workload,
            data: stage.data,
            postgresPid,
            seconds: round < 0 ? warmUp : seconds,
          })
          if (round >= 0) runs.push(run)
        }
      }
    }
    return {
      facts: [
        ...machineFacts(),
        ['PostgreSQL', await services.version()],
        ['run', `${connections} connections; median of ${rounds}; ${seconds} s each, in turn`],
      ],
      tables: [...workloads.map((workload) => tablesOf(runs, workload)), targetsOf(runs)],
      raw: { runs },
    }
  } finally {
    await cleanup.run()
  }
}
