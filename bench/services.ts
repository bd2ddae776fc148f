import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startEmbeddedPostgres } from '../src/embedded/postgres/index.ts'
import { findPostgres, startPostgres } from '../test/services/postgres.ts'
import { findRedis, startRedis } from '../test/services/redis.ts'
import { createTemplate, databaseUrls, templateName } from '../test/setup/template.ts'
import { familyOf } from './cpu.ts'
import { moved } from './machine.ts'

export type Database = Awaited<ReturnType<Services['createDatabase']>>
export type Services = Awaited<ReturnType<typeof startServices>>

/** Unless durable, PostgreSQL does not wait for the disk: what is left to compare is work. */
type Options = { durable: boolean; profile: boolean }

/** Keeps what comes off the measured core on the others, with what it has started; what it starts later goes with it. */
function moveAway(pid: number) {
  for (const member of familyOf(pid)) {
    const command = moved(member, 'others')
    if (command) execFileSync(command[0], command[1], { stdio: 'ignore' })
  }
}

/** Two databases take turns in one run, and neither is to push the other out of memory. */
const settings = { max_connections: '300', shared_buffers: '4GB' }
const lossySettings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }

async function startDatabases({ durable }: Pick<Options, 'durable'>) {
  if (findPostgres()) {
    const server = await startPostgres({ settings, durable })
    moveAway(server.pid)
    return { superuserUrl: server.superuserUrl, pid: server.pid, stop: () => server.stop() }
  }
  const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'))
  // PostgreSQL runs as a user of its own, who has to get there.
  chmodSync(dataDir, 0o711)
  const server = await startEmbeddedPostgres({ dataDir, settings: { ...settings, ...(durable ? {} : lossySettings) } })
  moveAway(server.pid)
  return {
    superuserUrl: server.superuserUrl,
    pid: server.pid,
    async stop() {
      await server.stop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

/** A Redis and a PostgreSQL of this run's own, gone at its end. */
export async function startServices(options: Options) {
  if (!findRedis()) throw new Error('redis-server is not installed: every benchmark starts one of its own.')
  const redis = await startRedis()
  moveAway(redis.pid)
  const databases = await startDatabases(options).catch(async (error) => {
    await redis.stop()
    throw error
  })
  const { superuserUrl } = databases
  let count = 0

  async function bySuperuser<Row extends pg.QueryResultRow>(statement: string) {
    const client = new pg.Client(superuserUrl)
    await client.connect()
    try {
      return (await client.query<Row>(statement)).rows
    } finally {
      await client.end()
    }
  }

  async function stop() {
    await Promise.all([redis.stop(), databases.stop()])
  }

  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => {
      console.error(`Stopped by ${signal}.`)
      // What was being asked fails now, which is no news.
      process.on('uncaughtException', () => {})
      stop().finally(() => process.exit(1))
    })
  }
  try {
    await createTemplate(superuserUrl)
  } catch (error) {
    await stop()
    throw error
  }
  return {
    redisUrl: redis.url,
    postgresPid: databases.pid,
    profile: options.profile,
    async version() {
      const [row] = await bySuperuser<{ server_version: string }>('show server_version')
      return `${row!.server_version}, ${options.durable ? 'waits' : 'does not wait'} for the disk`
    },
    /** A migrated database that nobody has written to, so that no measurement pays for the one before. */
    async createDatabase() {
      count += 1
      const name = `bench_${count}`
      await bySuperuser(`create database ${name} template ${templateName} strategy file_copy owner gatehouse_owner`)
      const ofSuperuser = new URL(superuserUrl)
      ofSuperuser.pathname = name
      return {
        ...databaseUrls(superuserUrl, name),
        superuserUrl: ofSuperuser.href,
        drop: () => bySuperuser(`drop database if exists ${name} with (force)`),
      }
    },
    stop,
  }
}
