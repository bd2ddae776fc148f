import type { Context } from '../../context.ts'
import { type Tx, transaction } from '../../db/transaction.ts'
import { type Cursor, encodeCursor } from '../../log/cursor.ts'

/** The result of a change, with the place in the log after the last event of it; where it left none, with the end of the log. */
export async function withEventCursor<Result extends object>(ctx: Context, work: (tx: Tx) => Promise<Result>) {
  const written: Cursor = {}
  const result = await transaction({ ...ctx, written }, work)
  Object.assign(ctx.written, written)
  return { ...result, eventCursor: encodeCursor({ transfers: written.transfers ?? (await endOfLog(ctx)) }) }
}

/** As PostgreSQL has it: what made the change unnecessary lies before it. */
async function endOfLog({ services }: Context) {
  const tail = services.tails.of('transfers')
  await tail.look()
  return tail.head
}
