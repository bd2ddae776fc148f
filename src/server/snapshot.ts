import type pg from 'pg'
import { type Context, onConnection } from '../context.ts'
import type { Db } from '../db/client.ts'
import { selecting } from './root-field.ts'

export const selectsCursor = selecting('eventCursor')

/**
 * A query that asks for `eventCursor` runs whole in one snapshot: what it shows is the state right after the event that
 * the cursor names, so that a subscription from there on misses nothing and repeats nothing.
 */
export function inSnapshot<T>(ctx: Context, execute: (ctx: Context) => T | Promise<T>): Promise<T> {
  const run = async (tx: Db) => {
    takeTurns(tx)
    return execute(onConnection(ctx, tx))
  }
  return ctx.services.db.transaction(run, { isolationLevel: 'repeatable read', accessMode: 'read only' })
}

type Session = { client: Pick<pg.PoolClient, 'query'> }

/** Fields ask side by side, and pg is about to refuse a statement on a connection that is busy with another one. */
function takeTurns(tx: object) {
  const { session } = tx as { session: Session }
  const { client } = session
  let last: Promise<unknown> = Promise.resolve()
  const query = (...args: Parameters<typeof client.query>) => {
    const turn = last.then(() => client.query(...args))
    last = turn.catch(() => {})
    return turn
  }
  // The session is this transaction's own; the connection goes back to the pool as it came.
  session.client = { query } as unknown as Session['client']
}
