import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { type Cleanup, createCleanup } from '../cleanup.ts'
import type { Config } from '../config.ts'
import type { EncryptionKey } from '../db/personal-data.ts'
import type { Logger } from '../logger.ts'
import type { StorageServer } from '../storage/index.ts'
import { announceGateway, findGateway, gatewayFile } from './gateway-file.ts'
import { startObjectStore } from './object-store/index.ts'
import { findEmbeddedPostgres, startEmbeddedPostgres } from './postgres/index.ts'
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

type Options = { config: Config; logger: Logger; publicUrl: string; origins: readonly string[] }

/** For a gateway: starts what the environment does not name, and ends it with the last. */
export async function startRuntime({ config, logger, publicUrl, origins }: Options): Promise<Runtime> {
  const cleanup = createCleanup()
  const secretsOf = secretsFor(config)
  try {
    await assertAlone(config)
    const database =
      config.database ?? (await prepareDatabase(await startDatabase(config, logger, cleanup), await secretsOf()))
    const storage = config.storage.server ?? (await startStore(config, await secretsOf(), origins, logger, cleanup))
    if (!config.database || !config.storage.server) {
      await announceGateway(config.dataDir)
      cleanup.add(() => rm(gatewayFile(config.dataDir), { force: true }))
    }
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
    const found =
      !config.database && (await findGateway(config.dataDir)) && (await findEmbeddedPostgres(config.dataDir))
    const superuserUrl = async () => (found ? found.superuserUrl : startDatabase(config, logger, cleanup))
    return {
      database: config.database ?? (await prepareDatabase(await superuserUrl(), await secretsOf())),
      authSecret: config.auth.secret ?? (await secretsOf()).authSecret,
      [Symbol.asyncDispose]: () => cleanup.run(),
    }
  } catch (error) {
    await cleanup.run()
    throw error
  }
}

/** DATA_DIR is touched only when something of it is needed. */
function secretsFor(config: Config) {
  let secrets: Promise<EmbeddedSecrets> | undefined
  return () => {
    secrets ??= embeddedSecrets(config.dataDir)
    return secrets
  }
}

async function assertAlone(config: Config) {
  const running = config.database && config.storage.server ? null : await findGateway(config.dataDir)
  if (running) throw new Error(`A gateway with the process id ${running.pid} is already at work on ${config.dataDir}.`)
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
