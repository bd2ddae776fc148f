import { sql } from 'drizzle-orm'
import { bigint, check, integer, snakeCase, text, uniqueIndex } from 'drizzle-orm/pg-core'
import { at, id, times } from '../columns.ts'
import { users } from './auth.ts'

/** The public face of a token. A row that is sealed never changes again: a trigger says so to everybody who writes. */
export const tokenMetadata = snakeCase.table(
  'token_metadata',
  {
    id: id('tokenMetadata'),
    chainId: bigint({ mode: 'number' }).notNull(),
    /** Lower-case. */
    address: text().notNull(),
    /** Grows by one with each change. */
    version: integer().notNull().default(1),
    name: text().notNull(),
    symbol: text().notNull(),
    decimals: integer().notNull(),
    description: text(),
    /** Keys in the bucket `token-metadata`, and the store's versions of the objects; null where a store keeps none. */
    logoKey: text(),
    logoVersionId: text(),
    metadataKey: text().notNull(),
    metadataVersionId: text(),
    publishedById: text()
      .notNull()
      .references(() => users.id),
    sealedAt: at(),
    ...times,
  },
  (t) => [
    uniqueIndex('token_metadata_chain_id_address_key').on(t.chainId, t.address),
    check('token_metadata_chain_id', sql`${t.chainId} between 1 and 9007199254740991`),
    check('token_metadata_address', sql`${t.address} ~ '^0x[0-9a-f]{40}$'`),
    check('token_metadata_decimals', sql`${t.decimals} between 0 and 255`),
  ],
)
