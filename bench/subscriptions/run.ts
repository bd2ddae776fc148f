import { chosenOf, type Settings } from '../args.ts'
import { machineFacts } from '../machine.ts'
import type { Report } from '../report.ts'
import { startServices } from '../services.ts'
import { versions } from '../versions.ts'
import { type Measurement, measure } from './measure.ts'
import { subjects } from './servers.ts'
import { tableOf, targetsOf } from './tables.ts'
import { topicCount } from './topics.ts'

const packages = {
  Yoga: 'graphql-yoga',
  Mercurius: 'mercurius',
  'graphql-ws': 'graphql-ws',
  'graphql-redis-subscriptions': 'graphql-redis-subscriptions',
  'mqemitter-redis': 'mqemitter-redis',
  ws: 'ws',
}

/** W5: fan-out over WebSocket, all servers in turn, so that what the machine does to one it does to all. */
export async function benchSubscriptions({
  rounds,
  seconds,
  sockets,
  servers,
  quick,
  durable,
  profile,
}: Settings): Promise<Report> {
  const chosen = chosenOf('servers', subjects, servers)
  const services = await startServices({ durable, profile })
  const measurements: Measurement[] = []
  try {
    for (const count of sockets) {
      for (let round = 0; round < rounds; round++) {
        // Nobody is always first.
        for (const subject of [...chosen.slice(round % chosen.length), ...chosen.slice(0, round % chosen.length)]) {
          process.stderr.write(`${count} subscribers, round ${round + 1}: ${subject.name}\n`)
          measurements.push(await measure({ services, subject, sockets: count, seconds, factor: quick ? 2 : 1.5 }))
        }
      }
    }
    return {
      facts: [
        ...machineFacts(),
        ['PostgreSQL', await services.version()],
        ['servers', versions(packages)],
        ['run', `${topicCount} topics; median of ${rounds}; steps of ${seconds} s`],
      ],
      tables: [...sockets.map((count) => tableOf(measurements, count)), targetsOf(measurements, sockets)],
      raw: { measurements },
    }
  } finally {
    await services.stop()
  }
}
