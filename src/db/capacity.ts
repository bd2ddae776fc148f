import { ConfigError } from '../config.ts'
import type { Logger } from '../logger.ts'
import { loggable } from './loggable.ts'
import { withClient } from './with-client.ts'

/** What the tails read the log with, beside DATABASE_POOL_MAX for requests. */
export const tailConnections = 2
/** What looks at a replica, beside DATABASE_POOL_MAX for the queries that read there. */
const lookConnections = 1
/** The workers of the jobs, one connection that listens, and one for the crontab. */
export const jobConnections = 4
/** What holds the lease of the chain. */
const chainConnections = 1
/** For a migration, a command and the operator. */
const reserve = 5

type Options = { url: string; poolMax: number; workers?: number; jobs: boolean; chain?: boolean }

/** The connections of one process, what is kept free of them, and how many there are. */
export async function readCapacity({ url, poolMax, jobs, chain = false }: Options) {
  const own = poolMax + tailConnections + (jobs ? jobConnections : 0) + (chain ? chainConnections : 0)
  const { limit, reserved } = await readLimits(url)
  return { own, others: reserve + reserved, limit }
}

/** Refuses a pool that PostgreSQL cannot serve at the start, rather than requests under load. */
export async function assertCapacity(options: Options) {
  const { poolMax, workers = 1 } = options
  const { own, others, limit } = await readCapacity(options)
  const needed = own * workers + others
  if (needed <= limit) return
  const fitting = poolMax - Math.ceil((needed - limit) / workers)
  const lower = fitting > 0 ? `set it to ${fitting} or less, or ` : ''
  const who = workers === 1 ? 'this process' : `each of ${workers} workers`
  throw new ConfigError([
    `DATABASE_POOL_MAX: with ${poolMax} ${who} may open ${own} connections, which with ${others} kept free do not fit into the ${limit} of PostgreSQL: ${lower}raise its max_connections to ${needed} or more`,
  ])
}

/** The same of a replica. One that does not answer keeps no gateway from starting. */
export async function assertReplicaCapacity(
  { url, poolMax, workers }: { url: string; poolMax: number; workers: number },
  logger: Logger,
) {
  const own = (poolMax + lookConnections) * workers
  const limits = await readLimits(url).catch((error: unknown) => {
    logger.warn({ err: loggable(error) }, 'the replica does not answer: everything is read from the primary')
    return null
  })
  if (!limits || own + reserve + limits.reserved <= limits.limit) return
  throw new ConfigError([
    `DATABASE_POOL_MAX: with ${poolMax} this gateway may open ${own} connections to the replica, which with ${reserve + limits.reserved} kept free do not fit into its ${limits.limit}: lower it, or raise the replica's max_connections`,
  ])
}

const readLimits = (url: string) =>
  withClient(url, async (client) => {
    // PostgreSQL 16 has reserved_connections as well.
    const { rows } = await client.query<{ limit: number; reserved: number }>(
      `select current_setting('max_connections')::int as limit,
        current_setting('superuser_reserved_connections')::int + coalesce(current_setting('reserved_connections', true)::int, 0) as reserved`,
    )
    return rows[0]!
  })
