import { Redis } from 'ioredis'
import { createSeal } from './cache/seal.ts'
import { createCleanup } from './cleanup.ts'
import type { Config } from './config.ts'
import { tailConnections } from './db/capacity.ts'
import { createDb, createPool, type OnQuery } from './db/client.ts'
import { createDoorbell } from './log/doorbell.ts'
import { createTails } from './log/tails.ts'
import type { Logger } from './logger.ts'
import { createMetrics, type Metrics } from './metrics/index.ts'
import { readTails } from './metrics/log.ts'

export type Core = ReturnType<typeof createCore>
export type CoreOptions = {
  config: Config
  databaseUrl: string
  authSecret: string
  logger: Logger
  metrics?: Metrics
  onQuery?: OnQuery
}

/** The database and its log: what it takes to change state. */
export function createCore({ config, databaseUrl: url, authSecret, logger, onQuery, ...options }: CoreOptions) {
  const { metrics = createMetrics() } = options
  const cleanup = createCleanup()
  const pool = createPool({ url, limits: config.pool, name: 'gateway', metrics, logger })
  cleanup.add(() => pool.end())
  // Its own connections: an exhausted pool must not make the process blind as well.
  const tailPool = createPool({ url, limits: config.pool, name: 'tail', max: tailConnections, metrics, logger })
  cleanup.add(() => tailPool.end())
  const db = createDb(pool, onQuery)

  const redis = config.redis && connectRedis(config.redis, authSecret, logger)
  if (redis) cleanup.add(() => redis.disconnect())
  const doorbell = createDoorbell({ redis, logger })
  const tails = createTails({ pool: tailPool, doorbell, logger })
  cleanup.add(() => tails.stop())
  readTails(metrics, tails)
  metrics.read('gauge', { name: 'gatehouse_redis_up', help: '1 when Redis takes commands; absent without one' }, () =>
    redis ? [[{}, Number(redis.publisher.status === 'ready')] as const] : [],
  )
  return {
    config,
    logger,
    metrics,
    authSecret,
    pool,
    tailPool,
    db,
    redis,
    doorbell,
    tails,
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
  // Nor is anything sent again whose answer was lost: what a limit gets back would be given back twice.
  const publisher = new Redis(url, { ...options, enableOfflineQueue: false, autoResendUnfulfilledCommands: false })
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
