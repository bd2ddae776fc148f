import type pg from 'pg'
import { reconcileDeletions } from './deletions.ts'
import { reconcileDocuments } from './documents.ts'
import { reconcileObjects } from './objects.ts'
import { reconcilePublished } from './published.ts'
import type { Report } from './report.ts'
import { createRun, type ReconcileOptions, type ReconcileServices, type Run } from './run.ts'

const reconcileLock = 723555

/**
 * Compares the store with the database, both ways, and puts right what is asked for. Safe beside gateways at work: what
 * may still become somebody's is left alone, and everything is looked at again before it is touched. One at a time:
 * null when another is at it.
 */
export async function reconcileStorage(services: ReconcileServices, options: ReconcileOptions): Promise<Report | null> {
  const connection = await services.pool.connect()
  try {
    if (!(await tryLock(connection))) return null
    return await reconcileBothWays(createRun(services, options))
  } finally {
    await connection.query('select pg_advisory_unlock_all()').catch(() => {})
    // Should that have failed, the lock goes with its connection.
    connection.release(true)
  }
}

async function reconcileBothWays(run: Run) {
  await reconcileDocuments(run)
  await reconcilePublished(run)
  await reconcileDeletions(run)
  await reconcileObjects(run)
  return run.report
}

async function tryLock(connection: pg.PoolClient) {
  const { rows } = await connection.query<{ locked: boolean }>('select pg_try_advisory_lock($1) as locked', [
    reconcileLock,
  ])
  return rows[0]?.locked === true
}
