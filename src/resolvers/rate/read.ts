import { type SQL, sql } from 'drizzle-orm'
import { type Context, validUntil } from '../../context.ts'
import type { Db } from '../../db/client.ts'
import { exchangeRates } from '../../db/schema/rate.ts'
import { assertValid } from '../input.ts'

export type ExchangeRate = {
  base: string
  quote: string
  /** An exact decimal: NUMERIC in PostgreSQL, text everywhere else. */
  rate: string
  source: string
  asOf: Date
  fetchedAt: Date
  expiresAt: Date
  stale: boolean
}

const maxQuotes = 100
const maxHistory = 1_000

export const quotesFault = (quotes: readonly string[] | null) =>
  quotes !== null && quotes.length > maxQuotes && { path: 'quotes', message: `Must be at most ${maxQuotes}.` }

/** What a row of `exchange_rates_at` shows. */
const shown = {
  base: sql<string>`r.base`,
  quote: sql<string>`r.quote`,
  rate: sql<string>`trim_scale(r.rate)::text`,
  source: sql<string>`r.source`,
  asOf: sql`r.as_of`.mapWith(exchangeRates.asOf),
  fetchedAt: sql`r.fetched_at`.mapWith(exchangeRates.fetchedAt),
  expiresAt: sql`r.expires_at`.mapWith(exchangeRates.expiresAt),
  stale: sql<boolean>`r.expires_at <= now()`,
}

type Question = { base: string; quotes: readonly string[] | null; at?: Date }

/** The rule of the database, for a base at a moment, or now. Without quotes: every currency that is known. */
export const ratesAt = ({ base, quotes, at }: Question): SQL =>
  sql`exchange_rates_at(${base}, ${quotes === null ? null : sql.param(quotes)}::text[], ${at?.toISOString() ?? null}::timestamptz)`

/** In the order of the alphabet; what cannot be computed is left out. */
export function readExchangeRates(db: Db, question: Question, where?: SQL): Promise<ExchangeRate[]> {
  return db
    .select(shown)
    .from(sql`${ratesAt(question)} r`)
    .where(where)
    .orderBy(sql`r.quote`)
}

/** As they are now: until the first of all quotations ends, those that are not shown among them, as one may then win. */
export async function listExchangeRates(ctx: Context, question: Omit<Question, 'at'>): Promise<ExchangeRate[]> {
  assertValid([quotesFault(question.quotes)])
  const rows = await ctx.db
    .select({ ...shown, endsAt: sql`ending.at`.mapWith(exchangeRates.expiresAt) })
    .from(
      sql`(select min(expires_at) as at from ${exchangeRates} where expires_at > now()) ending left join ${ratesAt(question)} r on true`,
    )
    .orderBy(sql`r.quote`)
  const endsAt: Date | null | undefined = rows[0]?.endsAt
  if (endsAt) validUntil(ctx, endsAt)
  // Where nothing is known there is a row all the same: of nulls.
  return rows.flatMap(({ endsAt: _, ...rate }) => (rate.base === null ? [] : [rate]))
}

type History = { base: string; quote: string; since: Date | null; until: Date | null; first: number }

/** The moments at which a leg of the pair was quoted anew, and what the rate was then, where it rests on that quotation. */
export async function readExchangeRateHistory(ctx: Context, { base, quote, since, until, first }: History) {
  assertValid([(first < 1 || first > maxHistory) && { path: 'first', message: `Must be from 1 to ${maxHistory}.` }])
  const within = sql`h.fetched_at >= ${since?.toISOString() ?? '-infinity'}::timestamptz and h.fetched_at < ${until?.toISOString() ?? 'infinity'}::timestamptz`
  const pair = sql`${sql.param([base, quote])}::text[]`
  const rates = await ctx.db
    .select(shown)
    .from(
      sql`(
        select array_agg(id) as ids, fetched_at from (
          select h.id, h.fetched_at from exchange_rate_history h where h.quote = any(${pair}) and ${within}
          union all
          select h.id, h.fetched_at from exchange_rate_history h where h.source = 'manual' and h.base = any(${pair}) and ${within}
        ) found group by fetched_at order by fetched_at desc
      ) moment cross join lateral exchange_rates_at(${base}, array[${quote}::text], moment.fetched_at) r`,
    )
    .where(sql`r.legs[1] = any(moment.ids)`)
    .orderBy(sql`moment.fetched_at desc`)
    .limit(first)
  for (const { stale, expiresAt } of rates) if (!stale) validUntil(ctx, expiresAt)
  return rates
}
