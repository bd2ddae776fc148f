import { and, eq, max, ne, not, sql } from 'drizzle-orm'
import { exchangeRates, manual } from '../../db/schema/rate.ts'
import { type Tx, transaction } from '../../db/transaction.ts'
import { rateChanged, ratesRenewed } from '../../events.ts'
import { createRateProvider } from '../../rates/index.ts'
import { type Quotations, RateProviderError } from '../../rates/provider.ts'
import type { Services } from '../../services.ts'
import { claimRefresh, endRefresh } from './claim.ts'
import { givenRates, lockRates, storeQuotations } from './store.ts'

export type RateServices = Pick<Services, 'config' | 'db' | 'tails' | 'doorbell' | 'logger'>

/** What is fetched every so often holds a tenth longer, so that it does not expire while the next is under way. */
const lifeOf = (ttlSeconds: number) => ttlSeconds * 1_100

/**
 * Asks the provider and keeps what it says, whole or not at all: one that is down, slow or wrong changes nothing, and the
 * log says why. One refresh at a time in all processes: whoever comes during one leaves it at that.
 */
export async function refreshExchangeRates(services: RateServices): Promise<void> {
  const { db, config, logger } = services
  const provider = createRateProvider(config.rates)
  const claim = await claimRefresh(db, config.rates)
  if (!claim) return
  let fault: string | null = 'the refresh was broken off'
  try {
    const quotations = await provider.fetch(AbortSignal.timeout(config.rates.timeoutMs))
    await keepQuotations(services, quotations)
    fault = null
  } catch (error) {
    if (!(error instanceof RateProviderError)) throw error
    fault = error.message
    logger.warn({ err: error, provider: provider.name }, `the exchange rates stay as they are: ${error.message}`)
  } finally {
    await endRefresh(db, claim, fault)
  }
}

function keepQuotations(services: RateServices, quotations: Quotations) {
  const { ttlSeconds, maxChangePercent } = services.config.rates
  return transaction({ services }, async (tx) => {
    const at = await lockRates(tx)
    await assertNewer(tx, quotations)
    await assertPlausible(tx, quotations, maxChangePercent)
    await forgetOtherProviders(tx, quotations)
    const expiresAt = new Date(at.getTime() + lifeOf(ttlSeconds))
    const stored = await storeQuotations(tx, quotations, { at, expiresAt })
    const changed = stored.filter(({ isChanged }) => isChanged)
    for (const { isChanged: _, ...quotation } of changed) tx.record(rateChanged(quotation))
    if (changed.length === 0) tx.record(ratesRenewed(quotations))
  })
}

const isOf = ({ source, base }: Quotations) => and(eq(exchangeRates.source, source), eq(exchangeRates.base, base))!

/** A provider that goes back in time has a fault, or its cache has. */
async function assertNewer({ db }: Tx, quotations: Quotations) {
  const [stored] = await db
    .select({ asOf: max(exchangeRates.asOf) })
    .from(exchangeRates)
    .where(eq(exchangeRates.source, quotations.source))
  if (stored?.asOf && quotations.asOf < stored.asOf) {
    const [given, known] = [quotations.asOf.toISOString(), stored.asOf.toISOString()]
    throw new RateProviderError(`the rates are of ${given}, older than those of ${known} that are known`)
  }
}

/**
 * A rate that jumps is more likely wrong than true, in whatever base the provider quotes it now. Where it is true, an
 * admin sets it by hand: what is near enough to a live manual rate is believed.
 */
async function assertPlausible({ db }: Tx, { source, base, rates }: Quotations, maxChangePercent: number) {
  const { rows } = await db.execute<{ quote: string; given: string; known: string; fits: boolean }>(sql`
    with leg as (
      select quote, rate from exchange_rates where source = ${source}
      union all select distinct base, 1 from exchange_rates where source = ${source}
    ), known as (
      select q.quote, half_even(q.rate, b.rate) as rate from leg b, leg q where b.quote = ${base}
    )
    select g.quote, trim_scale(g.rate)::text as given, trim_scale(r.rate)::text as known, g.fits
    from (select *, rate > 0 and rate < 10000000000 as fits from (${givenRates(rates)}) rounded) g
    left join known r using (quote)
    left join lateral manual_rate_at(${base}, g.quote, null) m on true
    where not g.fits
      or abs(g.rate - r.rate) * 100 > r.rate * ${maxChangePercent}
        and (abs(g.rate * m.denominator - m.numerator) * 100 <= m.numerator * ${maxChangePercent}) is not true
    order by g.quote limit 1`)
  const [offender] = rows
  if (!offender) return
  const { quote, given, known, fits } = offender
  if (!fits) throw new RateProviderError(`the rate of ${quote} is ${given} to ten decimals, which cannot be kept`)
  const jump = `the rate of ${quote} went from ${known} to ${given}, by more than ${maxChangePercent} %`
  throw new RateProviderError(`${jump}: set it by hand if it is true`)
}

/** What is shown is of one provider: another's rates, be they the bundled samples, are not mixed in. */
async function forgetOtherProviders({ db }: Tx, quotations: Quotations) {
  await db.delete(exchangeRates).where(and(ne(exchangeRates.source, manual), not(isOf(quotations))))
}
