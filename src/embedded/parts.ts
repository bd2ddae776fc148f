import { join } from 'node:path'
import pg from 'pg'
import type { Cleanup } from '../cleanup.ts'
import type { Config } from '../config.ts'
import type { Logger } from '../logger.ts'
import type { StorageServer } from '../storage/index.ts'
import { startObjectStore } from './object-store/index.ts'
import { startEmbeddedPostgres } from './postgres/index.ts'
import { type EmbeddedSecrets, embeddedSecrets } from './secrets.ts'
import { startOnPortOfBefore } from './store-port.ts'

const databaseName = 'gatehouse'
const prepareLock = 723552

/** DATA_DIR is touched only when something of it is needed. */
export function secretsFor(config: Config) {
  let secrets: Promise<EmbeddedSecrets> | undefined
  return () => {
    secrets ??= embeddedSecrets(config.dataDir)
    return secrets
  }
}

export async function startDatabase(config: Config, logger: Logger, cleanup: Cleanup) {
  const server = await startEmbeddedPostgres({ dataDir: config.dataDir, log: (message) => logger.info(message) })
  cleanup.add(() => server.stop())
  if (server.movedTo) logger.warn(`the database is kept in ${server.movedTo}: its user cannot reach ${config.dataDir}`)
  return server.superuserUrl
}

/** Two roles from the beginning: one owns and migrates, the gateway's own may only work. */
export async function prepareDatabase(superuserUrl: string, secrets: EmbeddedSecrets) {
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

export const storeDirectory = (config: Config) => join(config.dataDir, 'objects')

type StoreOptions = {
  config: Config
  secrets: EmbeddedSecrets
  origins: readonly string[]
  logger: Logger
  cleanup: Cleanup
}

export async function startStore({ config, secrets, origins, logger, cleanup }: StoreOptions): Promise<StorageServer> {
  const start = (port: number) =>
    startObjectStore({
      directory: storeDirectory(config),
      credentials: secrets.objectStore,
      port,
      publicBuckets: ['token-metadata'],
      allowedOrigins: origins,
      onError: (error) => logger.error({ err: error }, 'the embedded object store failed'),
    })
  const store = await startOnPortOfBefore({ dataDir: config.dataDir, logger, start })
  cleanup.add(() => store.close())
  return storeServer(store.endpoint, secrets)
}

export const storeServer = (endpoint: string, { objectStore }: EmbeddedSecrets): StorageServer => ({
  endpoint,
  publicEndpoint: endpoint,
  region: 'us-east-1',
  ...objectStore,
})
