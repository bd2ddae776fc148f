import type pg from 'pg'
import type { Db } from './client.ts'
import { isOutage } from './errors.ts'

type Statement = string | { text: string }
type Client = { pipeline: boolean; query(statement: Statement, ...rest: unknown[]): Promise<pg.QueryResult> }

const textOf = (statement: Statement) => (typeof statement === 'string' ? statement : statement.text)

/**
 * The next statement of a transaction is its last: COMMIT is sent with it, in one round trip. What that statement locks
 * is held for as long as PostgreSQL works, not for as long as this process takes to hear of it.
 */
export function commitWithNext(tx: Db) {
  const { session } = tx as unknown as { session: { client: Client } }
  const { client } = session
  let ended: Promise<pg.QueryResult> | null = null

  function endWith(statement: Statement, rest: unknown[]) {
    client.pipeline = true
    const answered = client.query(statement, ...rest)
    // Of a transaction that has failed PostgreSQL makes a ROLLBACK.
    ended = client.query('commit').finally(() => {
      client.pipeline = false
    })
    ended.catch(() => {})
    return answered
  }

  /** After a COMMIT that failed there is nothing to roll back; but a connection that is about to break is waited for. */
  const rolledBack = (committed: Promise<pg.QueryResult>) =>
    committed.catch((error: unknown) => (isOutage(error) ? client.query('rollback').catch(() => ({})) : {}))

  // The session is this transaction's own; the connection goes back to the pool as it came.
  session.client = {
    query(statement: Statement, ...rest: unknown[]) {
      if (!ended) return endWith(statement, rest)
      return textOf(statement) === 'rollback' ? rolledBack(ended) : ended
    },
  } as Client
}
