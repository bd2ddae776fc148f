import { setTimeout as sleep } from 'node:timers/promises'
import { and, gt, ne, sql } from 'drizzle-orm'
import { exchangeRates, manual } from '../../db/schema/rate.ts'
import { isRefreshing } from './claim.ts'
import { type RateServices, refreshExchangeRates } from './refresh.ts'

const lookAgainMs = 50

/**
 * Before a process answers: rates that are fresh, where they can be had in the time that a provider has. Of many that
 * start at once one asks, the others wait for it. A start does not fail for want of rates.
 */
export async function seedExchangeRates(services: RateServices): Promise<void> {
  const { db, config, logger } = services
  const deadline = Date.now() + config.rates.timeoutMs
  try {
    if (await areFresh(services)) return
    await refreshExchangeRates(services)
    while ((await isRefreshing(db)) && Date.now() < deadline) await sleep(lookAgainMs)
  } catch (error) {
    logger.warn({ err: error }, 'the exchange rates could not be refreshed at the start')
  }
}

async function areFresh({ db }: RateServices): Promise<boolean> {
  const isFresh = and(ne(exchangeRates.source, manual), gt(exchangeRates.expiresAt, sql`now()`))
  return (await db.select({ quote: exchangeRates.quote }).from(exchangeRates).where(isFresh).limit(1)).length > 0
}
