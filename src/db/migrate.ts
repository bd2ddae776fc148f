import { fileURLToPath } from 'node:url'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate as applyMigrations } from 'drizzle-orm/node-postgres/migrator'
import { runMigrations } from 'graphile-worker'
import pg from 'pg'
import { ConfigError } from '../config.ts'
import { withClient } from './with-client.ts'

const ownMigrations = fileURLToPath(new URL('../../drizzle', import.meta.url))
const migrationLock = 723551

type Options = { ownerUrl: string; gatewayUrl: string; migrationsFolder?: string }

/** Brings the database to this version, as its owner: wholly or not at all. Any number may run at once: one works, the others wait. */
export async function migrate({ ownerUrl, gatewayUrl, migrationsFolder = ownMigrations }: Options) {
  // drizzle's migrator takes no lock. A session's lock goes with its connection, however that ends.
  const client = new pg.Client({ connectionString: ownerUrl, application_name: 'gatehouse migrate' })
  client.on('error', () => {})
  await client.connect()
  const pool = new pg.Pool({ connectionString: ownerUrl, max: 1, lock_timeout: 3_000 })
  // The error itself comes with the statement that it breaks.
  pool.on('error', () => {})
  pool.on('connect', (connection) => connection.on('error', () => {}))
  try {
    await client.query('select pg_advisory_lock($1)', [migrationLock])
    await retryLockTimeouts(() =>
      applyMigrations(drizzle({ client: pool }), {
        migrationsFolder,
        migrationsSchema: 'drizzle',
        migrationsTable: 'migrations',
      }),
    )
    await runMigrations({ pgPool: pool })
    await letGatewayIn(client, gatewayUrl)
  } finally {
    await pool.end()
    await client.end()
  }
}

/** A migration that cannot have its lock within 3 s gives way to the traffic behind it and tries again. */
async function retryLockTimeouts(work: () => Promise<unknown>, tries = 5) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      const lockTimeout = (error as { cause?: { code?: string } }).cause?.code === '55P03'
      if (!lockTimeout || attempt === tries) throw error
    }
  }
}

/** Whoever may not migrate can only refuse to work on a database of an earlier version. A later one is none of its business. */
export async function assertMigrated({ url }: { url: string }) {
  const applied = await readApplied(url)
  const missing = readMigrationFiles({ migrationsFolder: ownMigrations }).filter(({ name }) => !applied.has(name))
  if (missing.length === 0) return
  throw new ConfigError([
    `DATABASE_URL: this database lacks ${missing.length} of the migrations, beginning with ${missing[0]?.name}: run \`gatehouse migrate\` with DATABASE_OWNER_URL set, then start again`,
  ])
}

const readApplied = (url: string) =>
  withClient(url, async (client) => {
    try {
      const { rows } = await client.query<{ name: string }>('select name from drizzle.migrations')
      return new Set(rows.map(({ name }) => name))
    } catch (error) {
      // No such table, or not yet open to this role: nothing was ever migrated for it.
      if (['42P01', '42501'].includes((error as pg.DatabaseError).code ?? '')) return new Set<string>()
      throw error
    }
  })

/** The role that DATABASE_URL signs in with becomes a member of the gateway's role, which is what tables are granted to. */
async function letGatewayIn(client: pg.Client, gatewayUrl: string) {
  await client.query(
    'grant usage on schema drizzle to gatehouse_gateway; grant select on drizzle.migrations to gatehouse_gateway',
  )
  const user = decodeURIComponent(new URL(gatewayUrl).username)
  const { rows } = await client.query<{ member: boolean }>(
    `select pg_has_role($1, 'gatehouse_gateway', 'member') or $1 = current_user as member`,
    [user],
  )
  if (!rows[0]?.member) await client.query(`grant gatehouse_gateway to ${client.escapeIdentifier(user)}`)
}
