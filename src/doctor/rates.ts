import { assertDatabaseIn } from '../embedded/command.ts'
import { createRateProvider } from '../rates/index.ts'
import { type Check, type Finding, failed, ok, type Patient, warning } from './check.ts'
import { ask, askRow } from './database.ts'

export const ratesCheck = (patient: Patient): Check => ({
  name: 'rates',
  run: async () => [...(await providerFindings(patient)), ...(await storedFindings(patient).catch(() => []))],
})

async function providerFindings({ config }: Patient): Promise<Finding[]> {
  const { rates, production } = config
  const provider = createRateProvider(rates)
  try {
    const { base, asOf, rates: quotations } = await provider.fetch(AbortSignal.timeout(rates.timeoutMs))
    const found = `${provider.name}: ${quotations.length} rates of 1 ${base}, as of ${asOf.toISOString().slice(0, 10)}`
    if (rates.url !== null || !production) return [ok(found)]
    return [warning(`${found}, which never change`, 'set RATES_URL to a provider')]
  } catch (error) {
    return [failed(`${provider.name}: ${(error as Error).message}`, 'correct RATES_URL, or wait for the provider')]
  }
}

type Stored = { count: number; ageSeconds: number | null; isStale: boolean; fault: string | null }

/** Nothing when there is no database to ask: that is another check's matter. */
async function storedFindings({ config, parts }: Patient): Promise<Finding[]> {
  if (config.database === null) assertDatabaseIn(config.dataDir)
  const { url } = await parts.database()
  const stored = await ask(url, (client) =>
    askRow<Stored>(
      client,
      `select count(*)::int as count, extract(epoch from now() - max(fetched_at))::float8 as "ageSeconds",
        coalesce(max(expires_at) < now(), false) as "isStale", (select fault from exchange_rate_refreshes) as fault
      from exchange_rates where source <> 'manual'`,
    ),
  )
  const { count, ageSeconds, isStale, fault } = stored
  const advice = 'see that a process runs the jobs (DATABASE_OWNER_URL), and what its log says of exchange rates'
  const reason = fault === null ? '' : `: ${fault}`
  if (count === 0) return [warning(`none are stored yet${reason}`, advice)]
  const found = `${count} are stored, ${Math.round(ageSeconds!)} s old`
  return [isStale ? warning(`${found}, and stale${reason}`, advice) : ok(found)]
}
