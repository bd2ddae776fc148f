import { gatewayVariables, startGateway } from '../gateway.ts'
import { seedPeople } from '../people.ts'
import { type Child, startChild } from '../processes.ts'
import type { Services } from '../services.ts'

const socketsPerPerson = 4

/** What is measured: a server, how events get to it, and what its subscribers are signed in with. */
export type Subject = {
  name: string
  title: string
  role: 'ours' | 'peer' | 'limit'
  start(services: Services, sockets: number): Promise<Running>
}
type Running = {
  server: Child
  /** The tokens of those who are signed in; null: nobody is. */
  authorizations: string[] | null
  /** The environment of the publisher. */
  publisher: Record<string, string>
  stop(): Promise<unknown>
}

const fedByRedis =
  (name: string, publisher: 'redis' | 'mqemitter') =>
  async ({ redisUrl, profile }: Services): Promise<Running> => {
    const variables = { REDIS_URL: redisUrl }
    const server = await startChild({
      name,
      file: `subscriptions/server-${name}.ts`,
      place: 'server',
      variables,
      isServer: true,
      profile,
    })
    return { server, authorizations: null, publisher: { PUBLISHER: publisher, ...variables }, stop: server.stop }
  }

/** Everybody is somebody, and events are committed by another process. */
async function startOurs(services: Services, sockets: number): Promise<Running> {
  const database = await services.createDatabase()
  try {
    const variables = await gatewayVariables({ database, redisUrl: services.redisUrl })
    const authorizations = await seedPeople(database, Math.ceil(sockets / socketsPerPerson))
    const server = await startGateway(variables, services)
    return {
      server,
      authorizations,
      publisher: { PUBLISHER: 'log', ...variables },
      async stop() {
        await server.stop()
        await database.drop()
      },
    }
  } catch (error) {
    await database.drop()
    throw error
  }
}

export const subjects: Subject[] = [
  { name: 'gatehouse', title: '**Gatehouse**', role: 'ours', start: startOurs },
  {
    name: 'yoga',
    title: 'Yoga + graphql-ws + graphql-redis-subscriptions',
    role: 'peer',
    start: fedByRedis('yoga', 'redis'),
  },
  {
    name: 'graphql-ws',
    title: 'graphql-ws + graphql-redis-subscriptions',
    role: 'peer',
    start: fedByRedis('graphql-ws', 'redis'),
  },
  {
    name: 'mercurius',
    title: 'Mercurius + mqemitter-redis',
    role: 'peer',
    start: fedByRedis('mercurius', 'mqemitter'),
  },
  { name: 'limit-send', title: 'limit: raw `ws.send`', role: 'limit', start: fedByRedis('limit-send', 'redis') },
  {
    name: 'limit-frame',
    title: 'limit: one prepared frame, `socket.write`',
    role: 'limit',
    start: fedByRedis('limit-frame', 'redis'),
  },
]
