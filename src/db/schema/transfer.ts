import { sql } from 'drizzle-orm'
import { bigint, check, index, integer, numeric, snakeCase, text, uniqueIndex } from 'drizzle-orm/pg-core'
import { at, id } from '../columns.ts'

export const transferKinds = ['transfer', 'mint', 'burn'] as const
export type TransferKind = (typeof transferKinds)[number]

/** Whence tokens are minted and whither they are burnt. */
export const zeroAddress = `0x${'0'.repeat(40)}`
const zero = sql.raw(`'${zeroAddress}'`)

/** A Transfer log of a chain, as an indexer or our own watcher saw it. It is never changed but for `retractedAt`. */
export const tokenTransfers = snakeCase.table(
  'token_transfers',
  {
    id: id('tokenTransfer'),
    chainId: bigint({ mode: 'number' }).notNull(),
    /** Addresses and hashes in lower case. */
    token: text().notNull(),
    kind: text({ enum: transferKinds }).notNull(),
    from: text().notNull(),
    to: text().notNull(),
    amount: numeric({ precision: 78, scale: 0 }).notNull(),
    blockNumber: bigint({ mode: 'bigint' }).notNull(),
    blockHash: text().notNull(),
    transactionHash: text().notNull(),
    logIndex: integer().notNull(),
    /** Of the block. */
    timestamp: at().notNull(),
    /** When its block was found to have left the canonical chain. */
    retractedAt: at(),
    recordedAt: at().notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex('token_transfers_log_key').on(t.chainId, t.blockHash, t.logIndex),
    index('token_transfers_timestamp_idx').on(t.timestamp.desc().nullsFirst(), t.id.desc().nullsFirst()),
    index('token_transfers_chain_id_idx').on(t.chainId, t.timestamp.desc().nullsFirst(), t.id.desc().nullsFirst()),
    index('token_transfers_token_idx').on(t.token, t.timestamp.desc().nullsFirst(), t.id.desc().nullsFirst()),
    index('token_transfers_from_idx').on(t.from, t.timestamp.desc().nullsFirst(), t.id.desc().nullsFirst()),
    index('token_transfers_to_idx').on(t.to, t.timestamp.desc().nullsFirst(), t.id.desc().nullsFirst()),
    check('token_transfers_chain_id', sql`${t.chainId} between 1 and 9007199254740991`),
    check(
      'token_transfers_kind',
      sql`${t.kind} = case when ${t.from} = ${zero} then 'mint' when ${t.to} = ${zero} then 'burn' else 'transfer' end`,
    ),
    check('token_transfers_amount', sql`${t.amount} >= 0`),
    check('token_transfers_log_index', sql`${t.logIndex} >= 0`),
  ],
)
