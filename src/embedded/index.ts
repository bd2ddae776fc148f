import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { type Cleanup, createCleanup } from '../cleanup.ts'
import { type Config, ConfigError } from '../config.ts'
import type { EncryptionKey } from '../db/personal-data.ts'
import type { Logger } from '../logger.ts'
import type { StorageServer } from '../storage/index.ts'
import { occupy } from './gateway-file.ts'
import { startObjectStore } from './object-store/index.ts'
import { findEmbeddedPostgres, startEmbeddedPostgres } from './postgres/index.ts'
import { locateData } from './postgres/place.ts'
import { type EmbeddedSecrets, embeddedSecrets } from './secrets.ts'

/** Where the parts of this process are: those that are configured, and for the others those that it brings itself. */
export type Runtime = {
  /** Without an owner the process neither migrates nor runs jobs. */
  database: { url: string; ownerUrl: string | null }
  storage: StorageServer
  secrets: { auth: string; encryptionKeys: readonly EncryptionKey[] }
  /** The origin under which clients reach the gateway. */
  publicUrl: string
  /** The origins of web pages that may talk to it. */
  origins: readonly string[]
  [Symbol.asyncDispose](): Promise<void>
}

/** As much of it as a command needs that reads or writes the database. */
export type DatabaseRuntime = Pick<Runtime, 'database' | typeof Symbol.asyncDispose> & { authSecret: string }

const databaseName = 'gatehouse'
const borrowMs = 60_000
const prepareLock = 723552

type Options = { config: Config; logger: Logger; publicUrl: string; origins: readonly string[] }

/** For a gateway: starts what the environment does not name, and ends it with the last. */
export async function startRuntime({ config, logger, publicUrl, origins }: Options): Promise<Runtime> {
  const cleanup = createCleanup()
  const secretsOf = secretsFor(config)
  try {
    if (!config.database || !config.storage.server) await occupyAlone(config.dataDir, cleanup)
    const database =
      config.database ?? (await prepareDatabase(await startDatabase(config, logger, cleanup), await secretsOf()))
    const storage = config.storage.server ?? (await startStore(config, await secretsOf(), origins, logger, cleanup))
    return {
      database,
      storage,
      secrets: {
        auth: config.auth.secret ?? (await secretsOf()).authSecret,
        encryptionKeys: config.auth.encryptionKeys ?? [
          { id: 'embedded', key: Buffer.from((await secretsOf()).encryptionKey, 'base64') },
        ],
      },
      publicUrl,
      origins,
      [Symbol.asyncDispose]: () => cleanup.run(),
    }
  } catch (error) {
    await cleanup.run()
    throw error
  }
}

/** For a command: DATABASE_URL, or the embedded server of DATA_DIR; one that a gateway runs is used and left alone. */
export async function openDatabase({ config, logger }: Pick<Options, 'config' | 'logger'>): Promise<DatabaseRuntime> {
  const cleanup = createCleanup()
  const secretsOf = secretsFor(config)
  try {
    return {
      database:
        config.database ?? (await prepareDatabase(await borrowDatabase(config, logger, cleanup), await secretsOf())),
      authSecret: config.auth.secret ?? (await secretsOf()).authSecret,
      [Symbol.asyncDispose]: () => cleanup.run(),
    }
  } catch (error) {
    await cleanup.run()
    throw error
  }
}

/** For a command that reads what is there. Touches nothing: a mistyped DATA_DIR is not to become a directory. */
export function assertDatabaseIn(dataDir: string) {
  if (locateData(resolve(dataDir)).owner) return
  throw new ConfigError([
    `DATA_DIR: there is no database in ${dataDir}: \`gatehouse start\` and \`gatehouse migrate\` make one, and DATABASE_URL names another`,
  ])
}

/** DATA_DIR is touched only when something of it is needed. */
function secretsFor(config: Config) {
  let secrets: Promise<EmbeddedSecrets> | undefined
  return () => {
    secrets ??= embeddedSecrets(config.dataDir)
    return secrets
  }
}

async function occupyAlone(dataDir: string, cleanup: Cleanup) {
  const place = await occupy(dataDir, 'gateway')
  if ('gateway' in place) {
    throw new Error(`A gateway with the process id ${place.gateway.pid} is already at work on ${dataDir}.`)
  }
  cleanup.add(place.release)
}

/** The server of the gateway that is at work, which stops it as well; else one for as long as the command takes. */
async function borrowDatabase(config: Config, logger: Logger, cleanup: Cleanup) {
  const deadline = Date.now() + borrowMs
  for (;;) {
    const place = await occupy(config.dataDir, 'command')
    if (!('gateway' in place)) {
      cleanup.add(place.release)
      return startDatabase(config, logger, cleanup)
    }
    // One that has only begun, or is ending: a server that we started under it would be nobody's to stop.
    const running = await findEmbeddedPostgres(config.dataDir)
    if (running) return running.superuserUrl
    if (Date.now() > deadline) {
      const { pid } = place.gateway
      throw new Error(
        `The gateway with the process id ${pid} is at work on ${config.dataDir} without a database there.`,
      )
    }
    await sleep(100)
  }
}

async function startDatabase(config: Config, logger: Logger, cleanup: Cleanup) {
  const server = await startEmbeddedPostgres({ dataDir: config.dataDir, log: (message) => logger.info(message) })
  cleanup.add(() => server.stop())
  if (server.movedTo) logger.warn(`the database is kept in ${server.movedTo}: its user cannot reach ${config.dataDir}`)
  return server.superuserUrl
}

/** Two roles from the beginning: one owns and migrates, the gateway's own may only work. */
async function prepareDatabase(superuserUrl: string, secrets: EmbeddedSecrets) {
  const client = new pg.Client(superuserUrl)
  await client.connect()
  try {
    // A command may get to a server before the gateway that has just started it; the lock goes with the connection.
    await client.query('select pg_advisory_lock($1)', [prepareLock])
    const roles = [
      ['gatehouse_owner', secrets.ownerPassword, 'login createrole'],
      ['gatehouse', secrets.gatewayPassword, 'login'],
    ] as const
    for (const [role, password, options] of roles) {
      const { rowCount } = await client.query('select from pg_roles where rolname = $1', [role])
      if (!rowCount) await client.query(`create role ${role} ${options} password ${client.escapeLiteral(password)}`)
    }
    const { rowCount } = await client.query('select from pg_database where datname = $1', [databaseName])
    if (!rowCount) await client.query(`create database ${databaseName} owner gatehouse_owner`)
  } finally {
    await client.end()
  }
  return {
    url: urlFor(superuserUrl, 'gatehouse', secrets.gatewayPassword),
    ownerUrl: urlFor(superuserUrl, 'gatehouse_owner', secrets.ownerPassword),
  }
}

function urlFor(superuserUrl: string, user: string, password: string) {
  const url = new URL(superuserUrl)
  url.username = user
  url.password = encodeURIComponent(password)
  url.pathname = databaseName
  return url.href
}

async function startStore(
  config: Config,
  secrets: EmbeddedSecrets,
  origins: readonly string[],
  logger: Logger,
  cleanup: Cleanup,
): Promise<StorageServer> {
  const store = await startObjectStore({
    directory: join(config.dataDir, 'objects'),
    credentials: secrets.objectStore,
    publicBuckets: ['token-metadata'],
    allowedOrigins: origins,
    onError: (error) => logger.error({ err: error }, 'the embedded object store failed'),
  })
  cleanup.add(() => store.close())
  const { endpoint } = store
  return { endpoint, publicEndpoint: endpoint, region: 'us-east-1', ...secrets.objectStore }
}
