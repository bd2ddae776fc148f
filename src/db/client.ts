import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import type { Config } from '../config.ts'
import type { Logger } from '../logger.ts'
import type { Metrics } from '../metrics/index.ts'
import { loggable } from './loggable.ts'
import { relations } from './relations.ts'
import { watchPool } from './watch.ts'

type PoolOptions = {
  url: string
  limits: Config['pool']
  name: string
  max?: number
  waitMs?: number
  metrics: Metrics
  logger: Logger
}

/** Every wait is bounded: for a connection, for a lock, for a statement, for a client that went silent in a transaction. */
export function createPool({ url, limits, name, max = limits.max, waitMs = limits.waitMs, ...options }: PoolOptions) {
  const { metrics, logger } = options
  const pool = new pg.Pool({
    connectionString: url,
    max,
    application_name: `gatehouse ${name}`,
    connectionTimeoutMillis: waitMs,
    statement_timeout: limits.statementTimeoutMs,
    lock_timeout: limits.lockTimeoutMs,
    idle_in_transaction_session_timeout: limits.idleInTransactionMs,
    keepAlive: true,
    // The pool gives out the connection that was used last: a busy one would never end, and its backend would keep each
    // statement that was ever prepared on it.
    maxLifetimeSeconds: limits.lifetimeSeconds,
  })
  // An idle connection that breaks is replaced at the next use, one at work fails its query: neither ends the process.
  pool.on('error', (error) => {
    // One that is being ended may be ended by its server first, which is stopped right after it.
    if (pool.ending) return
    metrics.database.failures.add(name, 'broken')
    logger.warn({ err: loggable(error), pool: name }, 'a database connection broke')
  })
  pool.on('connect', (client) => client.on('error', () => {}))
  // The server's own limit comes first.
  const maxSilenceMs = limits.statementTimeoutMs + 1_000
  watchPool(pool, { name, metrics, slowQueryMs: limits.slowQueryMs, maxSilenceMs, logger })
  return pool
}

/** Told of every statement before it runs: for tests that count them and look at their plans. */
export type OnQuery = (sql: string, parameters: unknown[]) => void

export const createDb = (client: pg.Pool, onQuery?: OnQuery) =>
  drizzle({ client, relations, jit: true, logger: onQuery ? { logQuery: onQuery } : false })

/** What queries run on: the pool, or the one transaction of an operation that reads a snapshot. */
export type Db = Omit<ReturnType<typeof createDb>, '$client'>
