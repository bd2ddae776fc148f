import { bigint, primaryKey, snakeCase, text } from 'drizzle-orm/pg-core'
import { at } from '../columns.ts'

/**
 * Blocks whose transfers the watcher has stored: each that had some, and the last of each range that it read. The highest
 * is where it goes on; the others are where it looks for the fork after a reorganisation.
 */
export const chainBlocks = snakeCase.table(
  'chain_blocks',
  {
    chainId: bigint({ mode: 'number' }).notNull(),
    number: bigint({ mode: 'bigint' }).notNull(),
    hash: text().notNull(),
    storedAt: at().notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.chainId, t.number] })],
)
