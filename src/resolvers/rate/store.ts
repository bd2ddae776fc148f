import { sql } from 'drizzle-orm'
import type { Tx } from '../../db/transaction.ts'
import type { Quotation } from '../../events.ts'
import type { Quotations } from '../../rates/provider.ts'

/**
 * Writers of rates go one after the other, each at a moment of its own: the order of the moments is that of the log,
 * also when the clock of a server is set back.
 */
export async function lockRates({ db }: Tx): Promise<Date> {
  await db.execute(sql`select pg_advisory_xact_lock(723553, 1)`)
  const { rows } = await db.execute<{ at: number }>(sql`
    select extract(epoch from greatest(
      date_trunc('milliseconds', clock_timestamp()),
      (select fetched_at + interval '1 ms' from exchange_rate_history order by id desc limit 1)
    ))::float8 * 1000 as at`)
  return new Date(rows[0]!.at)
}

/** What has come, as rows: rounded to what a column holds. */
export const givenRates = (rates: Quotations['rates']) => sql`
  select quote, half_even(rate::numeric) as rate
  from unnest(${sql.param(rates.map(({ quote }) => quote))}::text[], ${sql.param(rates.map(({ rate }) => rate))}::text[]) g (quote, rate)`

type Stored = Quotation & { isChanged: boolean }

/**
 * Keeps what was fetched at a moment. What is new is a quotation and goes into the history, be it the same rate at
 * another time; of what is not, only the time until which it holds moves on. Answers with what is new. Ids are given to
 * changed rates last: of the two legs of a cross rate the newer is one that has an event, if either has.
 */
export async function storeQuotations(
  { db }: Tx,
  { source, base, asOf, rates }: Quotations,
  { at, expiresAt }: { at: Date; expiresAt: Date },
): Promise<Stored[]> {
  const times = sql`${at.toISOString()}::timestamptz, ${expiresAt.toISOString()}::timestamptz`
  const { rows } = await db.execute<Omit<Stored, 'base' | 'source' | 'at'>>(sql`
    with given as (${givenRates(rates)}),
    compared as (
      select g.quote, g.rate, r.rate is distinct from g.rate as is_changed,
        (r.rate, r.as_of) is distinct from (g.rate, ${asOf.toISOString()}::timestamptz) as is_new
      from given g left join exchange_rates r on (r.base, r.quote, r.source) = (${base}, g.quote, ${source})
    ),
    kept as (
      insert into exchange_rate_history (base, quote, source, rate, as_of, fetched_at, expires_at)
      select ${base}, quote, ${source}, rate, ${asOf.toISOString()}::timestamptz, ${times} from compared where is_new order by is_changed, quote
      returning *
    ),
    stored as (
      insert into exchange_rates (base, quote, source, rate, as_of, fetched_at, expires_at, quotation_id)
      select base, quote, source, rate, as_of, fetched_at, expires_at, id from kept
      on conflict (base, quote, source) do update set rate = excluded.rate, as_of = excluded.as_of,
        fetched_at = excluded.fetched_at, expires_at = excluded.expires_at, quotation_id = excluded.quotation_id
    ),
    renewed as (
      update exchange_rates r set (fetched_at, expires_at) = (${times}) from compared c
      where not c.is_new and (r.base, r.quote, r.source) = (${base}, c.quote, ${source})
    )
    select k.id::float8 as id, k.quote, trim_scale(k.rate)::text as rate, c.is_changed as "isChanged"
    from kept k join compared c using (quote) order by k.id`)
  return rows.map((row) => ({ ...row, base, source, at: at.getTime() }))
}
