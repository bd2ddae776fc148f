import { setTimeout as sleep } from 'node:timers/promises'
import { and, eq, gt, ne, sql } from 'drizzle-orm'
import { exchangeRates, manual } from '../../db/schema/rate.ts'
import { snapshotSource } from '../../rates/snapshot.ts'
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
  if (config.production && config.rates.url === null) {
    logger.warn('the exchange rates are sample data: RATES_URL names a provider of real ones')
  }
  try {
    if (await areFresh(services)) return
    await refreshExchangeRates(services)
    while ((await isRefreshing(db)) && Date.now() < deadline) await sleep(lookAgainMs)
  } catch (error) {
    logger.warn({ err: error }, 'the exchange rates could not be refreshed at the start')
  }
}

/** Samples are no rates where a provider is configured, and the other way round. */
async function areFresh({ db, config }: RateServices): Promise<boolean> {
  const { source, expiresAt } = exchangeRates
  const isConfigured = (config.rates.url === null ? eq : ne)(source, snapshotSource)
  const isFresh = and(ne(source, manual), isConfigured, gt(expiresAt, sql`now()`))
  return (await db.select({ source }).from(exchangeRates).where(isFresh).limit(1)).length > 0
}
