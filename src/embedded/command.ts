import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createCleanup } from '../cleanup.ts'
import { type Config, ConfigError } from '../config.ts'
import type { Logger } from '../logger.ts'
import type { StorageServer } from '../storage/index.ts'
import { occupy } from './gateway-file.ts'
import type { Runtime } from './index.ts'
import { servingEndpoint } from './object-store/index.ts'
import { prepareDatabase, secretsFor, startDatabase, startStore, storeDirectory, storeServer } from './parts.ts'
import { findEmbeddedPostgres } from './postgres/index.ts'
import { locateData } from './postgres/place.ts'

const borrowMs = 60_000

type Options = { config: Config; logger: Logger; waitMs?: number }

/** What a command works against, each part opened when it is asked for, and closed with the whole. */
export type CommandParts = {
  database(): Promise<Runtime['database']>
  storage(): Promise<StorageServer>
  authSecret(): Promise<string>
  [Symbol.asyncDispose](): Promise<void>
}

/** What the environment names, or the embedded parts of DATA_DIR; those that a gateway runs are used and left alone. */
export function openParts({ config, logger, waitMs = borrowMs }: Options): CommandParts {
  const cleanup = createCleanup()
  const secretsOf = secretsFor(config)
  let isOurs = false

  async function findGateway() {
    if (isOurs) return null
    const place = await occupy(config.dataDir, 'command')
    if ('gateway' in place) return place.gateway
    isOurs = true
    cleanup.add(place.release)
    return null
  }

  /** The part of the gateway that is at work, which stops it as well; else one for as long as the command takes. */
  async function borrow<T>(what: string, find: () => Promise<T | null | undefined>, start: () => Promise<T>) {
    const deadline = Date.now() + waitMs
    for (;;) {
      const gateway = await findGateway()
      if (!gateway) return start()
      // One that has only begun, or is ending: a server that we started under it would be nobody's to stop.
      const running = await find()
      if (running) return running
      if (Date.now() > deadline) {
        throw new Error(
          `The gateway with the process id ${gateway.pid} is at work on ${config.dataDir} without ${what} there.`,
        )
      }
      await sleep(100)
    }
  }

  async function borrowDatabase() {
    const superuserUrl = await borrow(
      'a database',
      async () => (await findEmbeddedPostgres(config.dataDir))?.superuserUrl,
      () => startDatabase(config, logger, cleanup),
    )
    return prepareDatabase(superuserUrl, await secretsOf())
  }

  async function borrowStore() {
    const secrets = await secretsOf()
    return borrow(
      'an object store',
      async () => {
        const endpoint = await servingEndpoint(storeDirectory(config))
        return endpoint ? storeServer(endpoint, secrets) : null
      },
      () => startStore({ config, secrets, origins: [], logger, cleanup }),
    )
  }

  // One after the other: two at once would each wait for the other's command to end.
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>) => {
    const opened = last.then(work)
    last = opened.catch(() => {})
    return opened
  }
  const once = <T>(open: () => Promise<T>) => {
    let opened: Promise<T> | undefined
    return () => (opened ??= inTurn(open))
  }

  return {
    database: once(async () => config.database ?? (await borrowDatabase())),
    storage: once(async () => config.storage.server ?? (await borrowStore())),
    authSecret: async () => config.auth.secret ?? (await secretsOf()).authSecret,
    async [Symbol.asyncDispose]() {
      await last
      await cleanup.run()
    },
  }
}

/** For a command that reads what is there. Touches nothing: a mistyped DATA_DIR is not to become a directory. */
export function assertDatabaseIn(dataDir: string) {
  if (locateData(resolve(dataDir)).owner) return
  throw new ConfigError([
    `DATA_DIR: there is no database in ${dataDir}: \`gatehouse start\` and \`gatehouse migrate\` make one, and DATABASE_URL names another`,
  ])
}

/** The same of the object store. */
export function assertStoreIn(config: Config) {
  if (existsSync(storeDirectory(config))) return
  throw new ConfigError([
    `DATA_DIR: there is no object store in ${config.dataDir}: \`gatehouse start\` makes one, and S3_ENDPOINT names another`,
  ])
}
