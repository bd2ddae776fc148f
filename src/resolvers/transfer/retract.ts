import { and, eq, inArray, isNull, type SQL, sql } from 'drizzle-orm'
import type { Context } from '../../context.ts'
import { tokenTransfers } from '../../db/schema/transfer.ts'
import type { Tx } from '../../db/transaction.ts'
import { BadUserInputError } from '../../errors.ts'
import { transferRetracted } from '../../events.ts'
import { authorize } from '../../permissions.ts'
import { withEventCursor } from './event-cursor.ts'
import { inOrderOfChain, payloadOf, transferOfRow } from './transfer.ts'

const maxBlocks = 500

type Blocks = { chainId: number; blockHashes: readonly string[] }

/** Every transfer of blocks that left the canonical chain. Blocks that have none, or none any more, are no fault. */
export function retractTokenTransfers(ctx: Context, input: Blocks) {
  authorize(ctx.viewer, 'transfer:write')
  if (input.blockHashes.length > maxBlocks) {
    throw new BadUserInputError([{ path: 'blockHashes', message: `At most ${maxBlocks}.` }])
  }
  return withEventCursor(ctx, (tx) => retractTransfers(tx, input))
}

/** In the order of the chain, each once: what is retracted already is left alone. */
export async function retractTransfers(tx: Tx, { chainId, blockHashes }: Blocks) {
  const { chainId: chain, blockHash, retractedAt } = tokenTransfers
  const which = and(eq(chain, chainId), inArray(blockHash, [...blockHashes]), isNull(retractedAt))
  const rows = await setRetractedAt(tx, sql`now()`, which)
  const transfers = rows.map(transferOfRow).sort(inOrderOfChain)
  for (const transfer of transfers) tx.record(transferRetracted(transfer.id, payloadOf(transfer)))
  return { retracted: transfers.length }
}

/** In the order of ids: whoever changes the same rows waits, instead of each waiting for the other. */
export function setRetractedAt({ db }: Tx, at: SQL | null, which: SQL | undefined) {
  const { id } = tokenTransfers
  const locked = db.select({ id }).from(tokenTransfers).where(which).orderBy(id).for('no key update')
  return db.update(tokenTransfers).set({ retractedAt: at }).where(sql`${id} in (${locked})`).returning()
}
