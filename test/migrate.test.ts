import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { pino } from 'pino'
import { expect, it, onTestFinished } from 'vitest'
import { readConfig } from '../src/config.ts'
import { migrate } from '../src/db/migrate.ts'
import { startGateway } from '../src/start.ts'
import { graphql } from './graphql/index.ts'
import { people, stackForTest } from './harness/index.ts'
import { connectForTest, eventually } from './harness/log.ts'
import { emptyDatabaseForTest } from './harness/postgres.ts'

const ownFolder = fileURLToPath(new URL('../drizzle', import.meta.url))
const ownMigrations = readdirSync(ownFolder).sort()

/** A folder of migrations that grows. */
function folderForTest(names: string[] = []) {
  const migrationsFolder = mkdtempSync(join(tmpdir(), 'gatehouse-migrations-'))
  onTestFinished(() => rmSync(migrationsFolder, { recursive: true }))
  const take = (name: string) => cpSync(join(ownFolder, name), join(migrationsFolder, name), { recursive: true })
  for (const name of names) take(name)
  return {
    migrationsFolder,
    take,
    write(name: string, statements: string) {
      mkdirSync(join(migrationsFolder, name), { recursive: true })
      writeFileSync(join(migrationsFolder, name, 'migration.sql'), statements)
    },
  }
}

async function databaseForTest() {
  const { url, ownerUrl } = await emptyDatabaseForTest()
  return { urls: { ownerUrl, gatewayUrl: url }, owner: await connectForTest(ownerUrl) }
}

type Owner = Awaited<ReturnType<typeof connectForTest>>
const valuesOf = async (client: Owner, query: string) =>
  (await client.query<unknown[]>({ text: query, rowMode: 'array' })).rows.map((row) => row.join(' · '))

/** All that a migration can leave behind in the gateway's schema, as text. */
const catalogueOf = async (client: Owner) => ({
  relations: await valuesOf(
    client,
    `select relkind, relname, relacl from pg_class where relnamespace = 'public'::regnamespace order by relname`,
  ),
  columns: await valuesOf(
    client,
    `select attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull, attacl, pg_get_expr(adbin, adrelid)
      from pg_attribute a join pg_class c on c.oid = attrelid left join pg_attrdef d on (adrelid, adnum) = (attrelid, attnum)
      where relnamespace = 'public'::regnamespace and relkind = 'r' and attnum > 0 and not attisdropped order by 1, 2`,
  ),
  constraints: await valuesOf(
    client,
    `select conrelid::regclass, conname, pg_get_constraintdef(oid) from pg_constraint
      where connamespace = 'public'::regnamespace order by 1, 2`,
  ),
  indexes: await valuesOf(client, `select indexdef from pg_indexes where schemaname = 'public' order by 1`),
  triggers: await valuesOf(
    client,
    `select pg_get_triggerdef(t.oid), tgenabled from pg_trigger t join pg_class c on c.oid = tgrelid
      where relnamespace = 'public'::regnamespace and not tgisinternal order by 1`,
  ),
  functions: await valuesOf(
    client,
    `select pg_get_functiondef(oid), proacl from pg_proc where pronamespace = 'public'::regnamespace order by 1`,
  ),
  enums: await valuesOf(
    client,
    `select enumtypid::regtype, enumlabel from pg_enum order by enumtypid::regtype::text, enumsortorder`,
  ),
  schema: await valuesOf(client, `select nspacl from pg_namespace where nspname = 'public'`),
  defaults: await valuesOf(client, `select defaclobjtype, defaclacl from pg_default_acl order by 1`),
})

it('D10: three processes that migrate at once apply each migration once', async () => {
  const { urls, owner } = await databaseForTest()
  await Promise.all([migrate(urls), migrate(urls), migrate(urls)])
  expect(await valuesOf(owner, 'select name from drizzle.migrations order by id')).toEqual(ownMigrations)
  await migrate(urls)
  expect(await valuesOf(owner, 'select count(*) from drizzle.migrations')).toEqual([`${ownMigrations.length}`])
})

it('D10: a migration that fails leaves nothing half done, nor do those before it; mended, it goes through', async () => {
  const { urls, owner } = await databaseForTest()
  const folder = folderForTest(ownMigrations)
  await migrate({ ...urls, ...folder })
  const before = await catalogueOf(owner)

  folder.write('29990101000000_good', 'create table good (id int)')
  const half = 'alter table users add column half text;--> statement-breakpoint\n'
  folder.write('29990101000001_broken', `${half}alter table nowhere add column other text`)
  await expect(migrate({ ...urls, ...folder })).rejects.toMatchObject({ cause: { code: '42P01' } })
  expect(await catalogueOf(owner)).toEqual(before)

  folder.write('29990101000001_broken', half)
  await migrate({ ...urls, ...folder })
  const { columns, relations } = await catalogueOf(owner)
  expect([columns.some((column) => column.includes('half')), relations.some((name) => name.includes('good'))]).toEqual([
    true,
    true,
  ])
})

it('D10: each migration has its way back, and forward again', async () => {
  const { urls, owner } = await databaseForTest()
  // What comes with the first run is not a migration's: drizzle's own table, the jobs' schema.
  const folder = folderForTest()
  const catalogues = []
  for (const name of ownMigrations) {
    catalogues.push(await catalogueOf(owner))
    folder.take(name)
    await migrate({ ...urls, ...folder })
  }
  const last = await catalogueOf(owner)

  for (const name of ownMigrations.toReversed()) {
    await owner.query(readFileSync(join(ownFolder, name, 'down.sql'), 'utf8'))
    await owner.query('delete from drizzle.migrations where name = $1', [name])
    expect(await catalogueOf(owner), `after the way back of ${name}`).toEqual(catalogues.pop())
  }
  await migrate(urls)
  expect(await catalogueOf(owner)).toEqual(last)
})

it('D10: a migration that waits for a lock gives way to the traffic behind it, and comes again', async () => {
  const { urls, owner } = await databaseForTest()
  await migrate(urls)
  const folder = folderForTest(ownMigrations)
  folder.write('29990101000000_slow', 'alter table users add column patience text')

  const reader = await connectForTest(urls.ownerUrl)
  await reader.query('begin; select from users')
  const migrating = migrate({ ...urls, ...folder })
  migrating.catch(() => {})
  const waiting = async () =>
    valuesOf(
      owner,
      `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like 'alter%'`,
    )
  await eventually(async () => (await waiting()).length).toBe(1)
  // Whoever reads now stands behind the migration, while the first reader still holds it up.
  expect(await valuesOf(owner, 'select count(*) from users')).toEqual(['0'])
  await eventually(async () => (await waiting()).length).toBe(1)
  await reader.query('commit')
  await migrating
  expect(await valuesOf(owner, 'select patience from users')).toEqual([])
})

/** A gateway that signs in as its own role only, and what it logs. */
async function startWithoutOwner(urls: { gatewayUrl: string }) {
  const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-test-'))
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }))
  const lines: string[] = []
  const stream = new Writable({ write: (line, _encoding, done) => done(void lines.push(String(line))) })
  const config = readConfig({ PORT: '0', DATA_DIR: dataDir, DATABASE_POOL_MAX: '5', DATABASE_URL: urls.gatewayUrl })
  const gateway = await startGateway({ config, logger: pino({ level: 'warn' }, stream) })
  onTestFinished(() => gateway.close())
  return { gateway, lines }
}

it('D10: without the owner a gateway starts only on a database of its version, and says what to do', async () => {
  const { urls, owner } = await databaseForTest()
  const sentence = (missing: number, first: string) =>
    `DATABASE_URL: this database lacks ${missing} of the migrations, beginning with ${first}: run \`gatehouse migrate\` with DATABASE_OWNER_URL set, then start again`
  const refusal = (missing: number, first: string) =>
    expect(startWithoutOwner(urls)).rejects.toMatchObject({ faults: [sentence(missing, first)] })
  await refusal(ownMigrations.length, ownMigrations[0]!)
  expect(await valuesOf(owner, `select to_regclass('public.users'), to_regnamespace('drizzle')`)).toEqual([' · '])

  await migrate({ ...urls, ...folderForTest(ownMigrations.slice(0, -1)) })
  await refusal(1, ownMigrations.at(-1)!)

  await migrate(urls)
  const { gateway } = await startWithoutOwner(urls)
  expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200)
})

it('without the owner the jobs do not run, and the log says so', async () => {
  const { urls, owner } = await databaseForTest()
  await migrate(urls)
  const { lines } = await startWithoutOwner(urls)
  expect(lines.join()).toContain('jobs do not run in this process: they need DATABASE_OWNER_URL')
  expect(
    await valuesOf(
      owner,
      `select from pg_stat_activity where datname = current_database() and application_name = 'gatehouse jobs'`,
    ),
  ).toEqual([])
})

it('with DATABASE_URL alone, where its role owns the database, a gateway migrates and runs its jobs itself', async () => {
  const stack = await stackForTest()
  const owned = { DATABASE_URL: stack.database.ownerUrl, DATABASE_OWNER_URL: '' }
  const gateway = await stack.startGateway(owned)
  const person = await people(gateway).investor()
  expect((await person.get(graphql(`query WhoOwns { viewer { id } }`))).viewer?.id).toBe(person.id)
  const { rowCount } = await gateway.services.pool.query(
    `select from pg_stat_activity where application_name = 'gatehouse jobs' and datname = current_database()`,
  )
  expect(rowCount).toBeGreaterThan(0)
})
