import { Writable } from 'node:stream'
import { pino } from 'pino'
import { endManualRates } from '../../src/resolvers/rate/end.ts'
import { refreshExchangeRates } from '../../src/resolvers/rate/refresh.ts'
import { graphql } from '../graphql/index.ts'
import { people, stackForTest, type TestClient, type TestGateway } from './index.ts'
import { logOf } from './log.ts'
import { startProvider } from './rates.ts'

const rateOf = graphql(`
  query RateOf($base: Currency!, $quote: Currency!) {
    exchangeRate(base: $base, quote: $quote) { base quote rate source asOf fetchedAt expiresAt stale }
  }
`)
const ratesOf = graphql(`
  query RatesOf($base: Currency!, $quotes: [Currency!]) { exchangeRates(base: $base, quotes: $quotes) { base quote rate source } }
`)
const historyOf = graphql(`
  query HistoryOf($base: Currency!, $quote: Currency!, $since: DateTime, $until: DateTime, $first: Int) {
    exchangeRateHistory(base: $base, quote: $quote, since: $since, until: $until, first: $first) {
      base quote rate source asOf fetchedAt stale
    }
  }
`)
const setRate = graphql(`
  mutation SetRate($input: SetExchangeRateInput!) {
    setExchangeRate(input: $input) { rate { base quote rate source asOf expiresAt stale } }
  }
`)
export const rateOperations = { rateOf, ratesOf, historyOf, setRate }

export type Variables = Record<string, string>

/**
 * A gateway on a provider of the test's own, with what it logs. Its jobs do not run: they would come in between every
 * five minutes. What they do is done when the test says so.
 */
export async function gatewayOn(answer: Parameters<typeof startProvider>[0], variables: Variables = {}) {
  const provider = await startProvider(answer)
  const stack = await stackForTest()
  const lines: string[] = []
  const stream = new Writable({ write: (line, _encoding, done) => done(void lines.push(String(line))) })
  const logger = pino({ level: 'warn' }, stream)
  const gateway = await stack.startGateway(
    { DATABASE_OWNER_URL: '', RATES_URL: provider.url, ...variables },
    { logger },
  )
  const seed = people(gateway)
  const client = seed.anonymous()
  return {
    provider,
    stack,
    gateway,
    seed,
    client,
    /** What the log says of rates since it was last looked at. */
    complaints: () =>
      lines
        .splice(0)
        .map((line) => JSON.parse(line).msg as string)
        .filter((message) => message.includes('exchange rates')),
    refresh: () => refreshExchangeRates(gateway.services),
    events: () => logOf(gateway.services, 'rates'),
    endManualRates: () => endManualRates(gateway),
  }
}

export const showRate = async (client: TestClient, base: string, quote: string) =>
  (await client.get(rateOf, { base, quote })).exchangeRate
export const amountOf = async (client: TestClient, base: string, quote: string) =>
  (await showRate(client, base, quote))?.rate
/** Whole tables of rates, in an order that is always the same. */
export const rowsOf = async ({ services }: TestGateway, table: 'exchange_rates' | 'exchange_rate_history') =>
  (await services.pool.query(`select * from ${table} order by base, quote, source, fetched_at`)).rows
