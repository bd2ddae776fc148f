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
  database: { url: string; ownerUrl: string }
  storage: StorageServer
  secrets: { auth: string; encryptionKeys: readonly EncryptionKey[] }
  /** The origin under which clients reach the gateway. */
  publicUrl: string
  /** The origins of web pages that may talk to it. */
  origins: readonly string[]
  [Symbol.asyncDispose](): Promise<void>
}

const databaseName = 'gatehouse'

type Options = {
  config: Config
  logger: Logger
  publicUrl: string
  origins: readonly string[]
  /** A gateway owns what it starts or finds in DATA_DIR; a command beside a running gateway only uses it. */
  role: 'gateway' | 'command'
}

/** Starts what the environment does not name, and ends it with the last. */
export async function startRuntime({ config, logger, publicUrl, origins, role }: Options): Promise<Runtime> {
  const cleanup = createCleanup()
  try {
    const secrets = await embeddedSecrets(config.dataDir)
    const running = await findGateway(config.dataDir)
    if (role === 'gateway' && running && !(config.database && config.storage.server)) {
      throw new Error(`A gateway with the process id ${running.pid} is already at work on ${config.dataDir}.`)
    }
    const found = running && role === 'command' ? await findEmbeddedPostgres(config.dataDir) : null
    const database =
      config.database ??
      (await prepareDatabase(found?.superuserUrl ?? (await startDatabase(config, logger, cleanup)), secrets))
    const storage =
      config.storage.server ??
      storageServer(running?.storeEndpoint ?? (await startStore(config, secrets, origins, logger, cleanup)), secrets)
    if (role === 'gateway') {
      await announceGateway(config.dataDir, { pid: process.pid, storeEndpoint: storage.endpoint })
      cleanup.add(() => rm(gatewayFile(config.dataDir), { force: true }))
    }
    return {
      database,
      storage,
      secrets: {
        auth: config.auth.secret ?? secrets.authSecret,
        encryptionKeys: config.auth.encryptionKeys ?? [
          { id: 'embedded', key: Buffer.from(secrets.encryptionKey, 'base64') },
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
) {
  const store = await startObjectStore({
    directory: join(config.dataDir, 'objects'),
    credentials: secrets.objectStore,
    publicBuckets: ['token-metadata'],
    allowedOrigins: origins,
    onError: (error) => logger.error({ err: error }, 'the embedded object store failed'),
  })
  cleanup.add(() => store.close())
  return store.endpoint
}

const storageServer = (endpoint: string, { objectStore }: EmbeddedSecrets): StorageServer => ({
  endpoint,
  publicEndpoint: endpoint,
  region: 'us-east-1',
  ...objectStore,
})
