import { sql } from 'drizzle-orm'
import { bigint, boolean, check, index, numeric, primaryKey, snakeCase, text, uniqueIndex } from 'drizzle-orm/pg-core'
import { at } from '../columns.ts'

/** The source of what an admin has set by hand. */
export const manual = 'manual'

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

/**
 * Every quotation that ever was in `exchange_rates`, append-only, each at the moment at which it was new. A refresh and
 * a rate set by hand have moments of their own, in the order of their ids and of their events.
 */
export const exchangeRateHistory = snakeCase.table(
  'exchange_rate_history',
  { id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(), ...quotation },
  (t) => [
    // What held at a moment; what concerned a currency in a time; who was the provider.
    index('exchange_rate_history_pair_idx').on(t.base, t.quote, t.source, t.fetchedAt.desc().nullsFirst()),
    index('exchange_rate_history_quote_idx').on(t.quote, t.fetchedAt),
    index('exchange_rate_history_manual_idx').on(t.base, t.fetchedAt).where(sql`${t.source} = 'manual'`),
    index('exchange_rate_history_provider_idx').on(t.fetchedAt).where(sql`${t.source} <> 'manual'`),
    check('exchange_rate_history_rate', sql`${t.rate} > 0`),
  ],
)

/**
 * What holds now, one row a pair and source: of one provider, the last that answered, and by hand. Cross rates are
 * computed from these. A refresh that finds nothing new moves `fetched_at` and `expires_at` on.
 */
export const exchangeRates = snakeCase.table(
  'exchange_rates',
  {
    ...quotation,
    quotationId: bigint({ mode: 'number' })
      .notNull()
      .references(() => exchangeRateHistory.id),
  },
  (t) => [
    primaryKey({ columns: [t.base, t.quote, t.source] }),
    uniqueIndex('exchange_rates_quotation_id_key').on(t.quotationId),
    check('exchange_rates_rate', sql`${t.rate} > 0`),
    check(
      'exchange_rates_pair',
      sql`${t.base} ~ '^[A-Z]{3}$' and ${t.quote} ~ '^[A-Z]{3}$' and ${t.base} <> ${t.quote}`,
    ),
  ],
)

/** One row: the refresh that is under way in one of the processes, or the last one and what was wrong with it. */
export const exchangeRateRefreshes = snakeCase.table(
  'exchange_rate_refreshes',
  {
    only: boolean().primaryKey().default(true),
    begunAt: at().notNull(),
    endedAt: at(),
    /** Null: nothing. */
    fault: text(),
  },
  (t) => [check('exchange_rate_refreshes_only', sql`${t.only}`)],
)
