import { and, eq, inArray, ne, type SQL, sql } from 'drizzle-orm'
import { unionAll } from 'drizzle-orm/pg-core'
import type { Context } from '../../context.ts'
import { tokenTransfers } from '../../db/schema/transfer.ts'
import { authorize, may } from '../../permissions.ts'
import { type TokenTransfer, transferOfRow } from './transfer.ts'

/** All that are given must hold; `account` is the sender or the receiver. Addresses in lower case. */
export type TransferFilter = {
  chainId?: number | null | undefined
  token?: string | null | undefined
  account?: string | null | undefined
}
/** No transfer is without a time: a key without one lies before them all. */
type Key = { at: string | null; id: string }
type Page = { filter: TransferFilter; after: Key | null; before: Key | null; backward: boolean; limit: number }

/** Newest first, by the time of the block and then the id; oldest first when reading backward. */
export async function readTransfers(ctx: Context, page: Page): Promise<TokenTransfer[]> {
  authorize(ctx.viewer, 'transfer:read')
  const { from, to } = tokenTransfers
  const { account } = page.filter
  if (account == null) return (await pageWhere(ctx, page)).map(transferOfRow)
  // Sent and received have an index each, which an OR would not read in order.
  const sent = pageWhere(ctx, page, eq(from, account))
  const received = pageWhere(ctx, page, and(eq(to, account), ne(from, account)))
  const rows = await unionAll(sent, received)
    .orderBy(...orderOf(page))
    .limit(page.limit)
  return rows.map(transferOfRow)
}

/** Those with these ids, to whoever may read transfers. */
export async function findTransfers(ctx: Context, ids: string[]): Promise<TokenTransfer[]> {
  if (!may(ctx.viewer, 'transfer:read')) return []
  const rows = await ctx.db.select().from(tokenTransfers).where(inArray(tokenTransfers.id, ids))
  return rows.map(transferOfRow)
}

const pageWhere = (ctx: Context, page: Page, ofAccount?: SQL) => {
  const { filter, after, before } = page
  return ctx.db
    .select()
    .from(tokenTransfers)
    .where(
      and(
        ofAccount,
        filter.chainId != null ? eq(tokenTransfers.chainId, filter.chainId) : undefined,
        filter.token != null ? eq(tokenTransfers.token, filter.token) : undefined,
        after ? beyond(after, '<') : undefined,
        before ? beyond(before, '>') : undefined,
      ),
    )
    .orderBy(...orderOf(page))
    .limit(page.limit)
}

function orderOf({ backward }: Page): SQL[] {
  const direction = sql.raw(backward ? 'asc' : 'desc')
  return [sql`"timestamp" ${direction}`, sql`"id" ${direction}`]
}

const beyond = ({ at, id }: Key, comparison: '<' | '>'): SQL =>
  sql`(${tokenTransfers.timestamp}, ${tokenTransfers.id}) ${sql.raw(comparison)} (${at ?? 'infinity'}::timestamptz, ${id})`
