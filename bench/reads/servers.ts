import { createCleanup } from '../../src/cleanup.ts'
import { gatewayVariables, startGateway } from '../gateway.ts'
import type { Place } from '../machine.ts'
import { type Child, startChild } from '../processes.ts'
import type { Database, Services } from '../services.ts'
import { type Data, makeData } from './data.ts'
import { postgraphileQueries } from './queries.ts'

/** What is measured. `peer`: of those that are compared with ours. */
export type Subject = {
  name: string
  title: string
  role: 'ours' | 'peer' | 'limit'
  /** One that has no cache of answers is not in the workloads that are answered from one. */
  caches: boolean
  /** By the name of a workload, where the tool names things in its own way. */
  queries?: Record<string, string>
}
export const gatehouse: Subject = { name: 'gatehouse', title: '**Gatehouse**', role: 'ours', caches: true }
export const subjects: Subject[] = [
  gatehouse,
  { name: 'postgraphile', title: 'PostGraphile 5', role: 'peer', caches: false, queries: postgraphileQueries },
  { name: 'mercurius', title: 'Mercurius, JIT, loaders, SQL by hand', role: 'peer', caches: true },
  { name: 'apollo', title: 'Apollo Server 5, drizzle, DataLoader', role: 'peer', caches: true },
  { name: 'yoga', title: 'Yoga + Pothos + plugin-drizzle', role: 'peer', caches: true },
  { name: 'limit', title: 'limit: node:http', role: 'limit', caches: true },
]

export type Running = { server: Child; headers: Record<string, string> }
export type Stage = Awaited<ReturnType<typeof setStage>>

/** One database for all, and a server a subject; those that cache have another one for that, so that it costs nothing where nothing is cached. */
export async function setStage(services: Services, chosen: Subject[], users: number) {
  const cleanup = createCleanup()
  try {
    const database = await services.createDatabase()
    cleanup.add(database.drop)
    const data = await makeData(database, users)
    const ours = await startOurs(services, database, data)
    cleanup.add(ours.server.stop)

    const running = new Map<string, Running>([
      [keyOf('gatehouse', false), ours],
      [keyOf('gatehouse', true), ours],
    ])
    for (const { name, role, caches } of chosen) {
      if (role === 'ours') continue
      for (const cached of caches ? [false, true] : [false]) {
        const server = await startPeer(services, database, name, cached)
        cleanup.add(server.stop)
        running.set(keyOf(name, cached), { server, headers: {} })
      }
    }
    return {
      database,
      data,
      runningOf: ({ name }: Subject, cached: boolean) => running.get(keyOf(name, cached))!,
      stop: cleanup.run,
    }
  } catch (error) {
    await cleanup.run()
    throw error
  }
}

const keyOf = (name: string, cached: boolean) => `${name}${cached ? ' cached' : ''}`

type OursOptions = { variables?: Record<string, string>; place?: Place }

/** Signed in as compliance, who sees every application. */
export async function startOurs(
  { redisUrl, profile }: Services,
  database: Database,
  { token }: Data,
  { variables = {}, place = 'server' }: OursOptions = {},
): Promise<Running> {
  const given = { ...(await gatewayVariables({ database, redisUrl })), ...variables }
  const server = await startGateway(given, { profile, place })
  return { server, headers: { authorization: `Bearer ${token}` } }
}

const startPeer = ({ profile }: Services, database: Database, name: string, cached: boolean) =>
  startChild({
    name: keyOf(name, cached),
    file: `reads/server-${name}.ts`,
    place: 'server',
    // PostGraphile has a name of its own for what NODE_ENV says to the others.
    variables: { DATABASE_URL: database.url, GRAPHILE_ENV: 'production', ...(cached ? { CACHED: '1' } : {}) },
    isServer: true,
    profile,
  })
