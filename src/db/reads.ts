import type pg from 'pg'
import type { Config } from '../config.ts'
import type { Cursor } from '../log/cursor.ts'
import { createStandby, type StandbyState } from '../log/standby.ts'
import type { Tails } from '../log/tails.ts'
import type { Logger } from '../logger.ts'
import type { Metrics } from '../metrics/index.ts'
import { createDb, createPool, type Db, type OnQuery } from './client.ts'
import { isOutage, mayDifferElsewhere } from './errors.ts'
import { createTogether } from './together.ts'

/** A frozen replica answers nothing: whoever asked it is not to wait for long. */
const lookTimeoutMs = 500
const connectMs = 1_000

type Primary = { pool: pg.Pool; db: Db; tails: Tails; config: Config; metrics: Metrics; logger: Logger }
type Options = Primary & { onQuery?: OnQuery | undefined }
type Ask = (...statement: unknown[]) => Promise<unknown>
type Statements = { query: Ask }

/**
 * Where queries read: from the replica when it has all that this process has seen, else from the primary. What the replica
 * cannot answer is asked again of the primary, so nobody is told of a replica that died.
 */
export function createReads(options: Options) {
  const { pool, db, onQuery } = options
  const url = options.config.database?.replicaUrl
  if (url) return createReplicaReads(url, options)
  const together = dbOn(createTogether(pool), onQuery)
  return { db: () => db, together: (given: Db) => (given === db ? together : null), close: async () => {} }
}

const dbOn = (statements: Statements, onQuery: OnQuery | undefined) =>
  createDb(statements as unknown as pg.Pool, onQuery)

function createReplicaReads(url: string, { pool: primary, db, tails, config, metrics, logger, onQuery }: Options) {
  const { reads } = metrics
  const limits = config.pool
  const waitMs = Math.min(limits.waitMs, connectMs)
  const pool = createPool({ url, limits, name: 'replica', waitMs, metrics, logger })
  const lookLimits = { ...limits, statementTimeoutMs: lookTimeoutMs }
  const lookPool = createPool({ url, limits: lookLimits, name: 'replica tail', max: 1, waitMs, metrics, logger })
  const standby = createStandby({ pool: lookPool, tails, logger })
  const inFlight = new Set<(error: Error) => void>()

  standby.onLoss(() => {
    for (const giveUp of inFlight) giveUp(new Error('Connection terminated: the replica was lost'))
  })
  metrics.read(
    'gauge',
    { name: 'gatehouse_replica_state', help: '1 for the state that the replica is in, as seen from this process' },
    () => states.map((state) => [{ state }, Number(standby.state() === state)] as const),
  )

  /** Until it answers, or is known not to answer any more. */
  const answerOf = (asked: Promise<unknown>) =>
    new Promise((resolve, reject) => {
      inFlight.add(reject)
      asked.then(resolve, reject).finally(() => inFlight.delete(reject))
    })

  const fallingBack = (onReplica: Statements, onPrimary: Statements): Statements => ({
    async query(...statement) {
      try {
        if (standby.isThere()) return await answerOf(onReplica.query(...statement))
      } catch (error) {
        if (!mayDifferElsewhere(error)) throw error
        if (isOutage(error)) standby.lose(error)
      }
      reads.add('primary', 'failed')
      return onPrimary.query(...statement)
    },
  })

  const [shortOnReplica, shortOnPrimary] = [createTogether(pool), createTogether(primary)]
  const replica = dbOn(fallingBack(pool, primary), onQuery)
  // What writes does not go there.
  replica.transaction = db.transaction.bind(db) as typeof replica.transaction
  const together = new Map<Db, Db>([
    [db, dbOn(shortOnPrimary, onQuery)],
    [replica, dbOn(fallingBack(shortOnReplica, shortOnPrimary), onQuery)],
  ])

  return {
    /** Chosen once a request, when it begins. `after`: what whoever asks has seen. */
    db(after?: Cursor): Db {
      const state = standby.state(after)
      if (state === 'reached') {
        reads.add('replica', state)
        return replica
      }
      reads.add('primary', state)
      return db
    },
    /** The same for what is over at once; null of a transaction, on which nothing is prepared either. */
    together: (given: Db) => together.get(given) ?? null,
    async close() {
      await standby.stop()
      await Promise.all([pool.end(), lookPool.end()])
    },
  }
}

const states: StandbyState[] = ['reached', 'behind', 'unlike', 'lost']
