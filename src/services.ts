import { Redis } from 'ioredis'
import { createAuth } from './auth/index.ts'
import { createViewers } from './auth/viewers.ts'
import { createSeal } from './cache/seal.ts'
import { createCleanup } from './cleanup.ts'
import type { Config } from './config.ts'
import { createDb, createPool, type OnQuery } from './db/client.ts'
import { createPersonalData } from './db/personal-data.ts'
import type { Runtime } from './embedded/index.ts'
import { createDoorbell } from './log/doorbell.ts'
import { createTails } from './log/tails.ts'
import type { Logger } from './logger.ts'
import { createStorage } from './storage/index.ts'

export type Services = Awaited<ReturnType<typeof createServices>>
type Options = { config: Config; runtime: Runtime; logger: Logger; onQuery?: OnQuery }

/** The long-lived things of a process, made in the order in which they need each other and ended in the reverse. */
export async function createServices({ config, runtime, logger, onQuery }: Options) {
  const cleanup = createCleanup()
  const { url } = runtime.database
  const pool = createPool({ url, limits: config.pool, name: 'gateway', logger })
  cleanup.add(() => pool.end())
  // Its own connections: an exhausted pool must not make the process blind as well.
  const tailPool = createPool({ url, limits: config.pool, name: 'tail', max: 2, logger })
  cleanup.add(() => tailPool.end())
  const db = createDb(pool, onQuery)

  const redis = config.redis && connectRedis(config.redis, runtime.secrets.auth, logger)
  if (redis) cleanup.add(() => redis.disconnect())
  const doorbell = createDoorbell({ redis, logger })
  const tails = createTails({ pool: tailPool, doorbell, logger })
  cleanup.add(() => tails.stop())

  const viewers = createViewers({ pool, tails, stepUpSeconds: config.auth.stepUpSeconds })
  const auth = createAuth({
    db,
    publicUrl: runtime.publicUrl,
    origins: runtime.origins,
    secret: runtime.secrets.auth,
    config,
    logger,
  })
  const storage = createStorage({ server: runtime.storage, settings: config.storage })
  cleanup.add(() => storage.close())
  const personalData = createPersonalData(runtime.secrets.encryptionKeys)

  return {
    config,
    publicUrl: runtime.publicUrl,
    origins: runtime.origins,
    authSecret: runtime.secrets.auth,
    logger,
    pool,
    tailPool,
    db,
    redis,
    doorbell,
    tails,
    viewers,
    auth,
    storage,
    personalData,
    [Symbol.asyncDispose]: () => cleanup.run(),
  }
}

function connectRedis({ url, commandTimeoutMs }: NonNullable<Config['redis']>, secret: string, logger: Logger) {
  const options = {
    commandTimeout: commandTimeoutMs,
    maxRetriesPerRequest: 1,
    retryStrategy: (times: number) => Math.min(times * 50, 1_000),
  }
  // A doorbell that cannot be rung now is not rung later: the tails find the event by themselves.
  const publisher = new Redis(url, { ...options, enableOfflineQueue: false })
  // A subscription is asked for again at each reconnection, and must wait for the first.
  const subscriber = new Redis(url, { ...options, commandTimeout: undefined, maxRetriesPerRequest: null })
  for (const connection of [publisher, subscriber]) {
    connection.on('error', (error) => logger.debug({ err: error }, 'a Redis connection broke'))
  }
  return {
    publisher,
    subscriber,
    seal: createSeal(secret),
    disconnect() {
      publisher.disconnect()
      subscriber.disconnect()
    },
  }
}
