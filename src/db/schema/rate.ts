import { sql } from 'drizzle-orm'
import { bigint, check, index, numeric, primaryKey, snakeCase, text } from 'drizzle-orm/pg-core'
import { at } from '../columns.ts'

const quotation = {
  base: text().notNull(),
  quote: text().notNull(),
  source: text().notNull(),
  /** 1 base = rate quote. */
  rate: numeric({ precision: 20, scale: 10 }).notNull(),
  /** When it held, by its source. */
  asOf: at().notNull(),
  fetchedAt: at().notNull(),
  expiresAt: at().notNull(),
}

/** What each source says now, one row a pair. Cross rates are computed from these. */
export const exchangeRates = snakeCase.table('exchange_rates', quotation, (t) => [
  primaryKey({ columns: [t.base, t.quote, t.source] }),
  check('exchange_rates_rate', sql`${t.rate} > 0`),
  check('exchange_rates_pair', sql`${t.base} ~ '^[A-Z]{3}$' and ${t.quote} ~ '^[A-Z]{3}$' and ${t.base} <> ${t.quote}`),
])

/** Every quotation that ever was in `exchange_rates`, append-only. */
export const exchangeRateHistory = snakeCase.table(
  'exchange_rate_history',
  { id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(), ...quotation },
  (t) => [
    index('exchange_rate_history_pair_idx').on(t.base, t.quote, t.fetchedAt.desc().nullsFirst()),
    check('exchange_rate_history_rate', sql`${t.rate} > 0`),
  ],
)
