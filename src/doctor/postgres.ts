import type pg from 'pg'
import { ConfigError } from '../config.ts'
import { readCapacity } from '../db/capacity.ts'
import { assertMigrated } from '../db/migrate.ts'
import { streams } from '../db/schema/event.ts'
import { assertDatabaseIn } from '../embedded/command.ts'
import { placeOf } from '../unreachable.ts'
import { type Check, type Finding, failed, ok, type Patient, warning } from './check.ts'
import { ask, askRow, ownerOf, whyNot } from './database.ts'
import { settingFindings } from './postgres-settings.ts'

const minVersion = 150_000
const skewWarningMs = 1_000
const skewFailureMs = 30_000

/** The truth: without it nothing works. */
export const postgresCheck = (patient: Patient): Check => ({
  name: 'PostgreSQL',
  async run() {
    const { config, parts } = patient
    const isEmbedded = config.database === null
    let urls: { url: string; ownerUrl: string | null }
    try {
      if (isEmbedded) assertDatabaseIn(config.dataDir)
      urls = await parts.database()
      return await ask(urls.url, (client) => examineServer(client, urls, patient))
    } catch (error) {
      if (isEmbedded && error instanceof ConfigError) {
        const advice = '`gatehouse start` makes one; DATA_DIR or DATABASE_URL names another'
        return [failed(`there is none in ${config.dataDir}`, advice)]
      }
      if (isEmbedded) return [failed(`the embedded server: ${whyNot(error)}`, `look at ${config.dataDir}`)]
      const place = placeOf(config.database!.url)
      return [failed(`${place}: ${whyNot(error)}`, 'start the server, or correct DATABASE_URL')]
    }
  },
})

async function examineServer(
  client: pg.Client,
  { url, ownerUrl }: { url: string; ownerUrl: string | null },
  { config }: Patient,
): Promise<Finding[]> {
  const { number, version } = await askRow<{ number: number; version: string }>(
    client,
    `select current_setting('server_version_num')::int as number, current_setting('server_version') as version`,
  )
  const kind = config.database ? placeOf(url) : 'embedded'
  const server = `version ${version} (${kind})`
  if (number < minVersion) return [failed(server, 'PostgreSQL 15 or newer is needed: upgrade it')]
  const findings = [
    ok(server),
    ...(await roleFindings(client)),
    ...(await ownerFindings(url, ownerUrl)),
    ...(await migrationFindings(url)),
    ...(await capacityFindings(url, ownerUrl, config.pool.max)),
    ...(await settingFindings(client, { isEmbedded: config.database === null })),
    ...(await clockFindings(client)),
  ]
  return findings
}

/** The gateway's own role works, and owns nothing: what it cannot change, nobody who breaks into it can. */
async function roleFindings(client: pg.Client) {
  const { role, owns, mayRewrite } = await askRow<{ role: string; owns: boolean; mayRewrite: boolean }>(
    client,
    `select current_user as role,
      exists (select from pg_class c where c.relnamespace = to_regnamespace('public') and pg_has_role(c.relowner, 'member')) as owns,
      coalesce(has_table_privilege(to_regclass('public.events'), 'update, delete'), false) as "mayRewrite"`,
  )
  if (!owns && !mayRewrite) return [ok(`the role ${role} owns nothing and cannot change the audit trail`)]
  return [
    warning(
      `the role ${role} ${owns ? 'owns the tables' : 'may change the audit trail'}`,
      'give DATABASE_URL a role of its own, and the owner’s to DATABASE_OWNER_URL: `gatehouse migrate` grants what is needed',
    ),
  ]
}

async function ownerFindings(url: string, given: string | null) {
  try {
    const ownerUrl = await ownerOf({ url, ownerUrl: given })
    if (!ownerUrl) {
      const advice = 'set DATABASE_OWNER_URL in the process that is to migrate and to run the jobs'
      return [warning('no owner is known here: this process neither migrates nor runs jobs', advice)]
    }
    const { may } = await ask(ownerUrl, (client) =>
      askRow<{ may: boolean }>(client, `select has_database_privilege(current_database(), 'create') as may`),
    )
    if (may) return [ok('the owner may migrate')]
    return [failed('the role of DATABASE_OWNER_URL may not create anything', 'let it own the database')]
  } catch (error) {
    return [failed(`the owner cannot sign in: ${whyNot(error)}`, 'correct DATABASE_OWNER_URL')]
  }
}

async function migrationFindings(url: string) {
  try {
    await assertMigrated({ url })
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return [failed('the database is not at this version', 'run `gatehouse migrate`')]
  }
  return [ok('the migrations are at this version'), await logFinding(url)]
}

/** As the gateway itself reads it. */
const logFinding = (url: string) =>
  ask(url, async (client) => {
    const { rows } = await client.query<{ stream: string; position: number }>(
      'select stream, max(position)::float8 as position from events group by stream',
    )
    const events = rows.reduce((sum, { position }) => sum + position, 0)
    return ok(`the log: ${rows.length} of ${streams.length} streams have events, ${events} in all`)
  })

async function capacityFindings(url: string, ownerUrl: string | null, poolMax: number) {
  const { own, others, limit } = await readCapacity({ url, poolMax, jobs: ownerUrl !== null })
  const processes = Math.floor((limit - others) / own)
  const found = `max_connections ${limit}: a process opens up to ${own}, ${others} are kept free`
  if (processes > 0) return [ok(`${found}: there is room for ${processes} of them`)]
  return [failed(found, `lower DATABASE_POOL_MAX, or raise max_connections to ${own + others} or more`)]
}

async function clockFindings(client: pg.Client) {
  const before = Date.now()
  const { now } = await askRow<{ now: number }>(
    client,
    'select extract(epoch from clock_timestamp())::float8 * 1000 as now',
  )
  // Somewhere between the question and the answer.
  const skewMs = Math.max(0, Math.abs(now - (before + Date.now()) / 2) - (Date.now() - before) / 2)
  const found = `its clock differs from this machine’s by ${(skewMs / 1000).toFixed(1)} s`
  if (skewMs < skewWarningMs) return [ok('its clock is this machine’s')]
  return [
    (skewMs < skewFailureMs ? warning : failed)(found, 'let NTP set both clocks: sessions and approvals end by them'),
  ]
}
