import pg from 'pg'
import { whyUnreachable } from '../unreachable.ts'

const connectMs = 5_000
const statementMs = 10_000

/** A connection for some questions, each within its time. */
export async function ask<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'gatehouse doctor',
    connectionTimeoutMillis: connectMs,
    statement_timeout: statementMs,
    query_timeout: statementMs,
  })
  client.on('error', () => {})
  try {
    await client.connect()
    return await work(client)
  } finally {
    await client.end().catch(() => {})
  }
}

export async function askRow<T extends pg.QueryResultRow>(client: pg.Client, statement: string, values?: unknown[]) {
  const { rows } = await client.query<T>(statement, values)
  return rows[0]!
}

/** What a database says, or the way to it, without an address or a password in it. */
export const whyNot = (error: unknown) =>
  whyUnreachable(error) ??
  (/timeout/i.test((error as Error).message) ? 'it does not answer in time' : (error as Error).message.split('\n')[0]!)

/** Who migrates and runs the jobs, as a start finds it out. */
export async function ownerOf({ url, ownerUrl }: { url: string; ownerUrl: string | null }): Promise<string | null> {
  if (ownerUrl) return ownerUrl
  const { owns } = await ask(url, (client) =>
    askRow<{ owns: boolean }>(
      client,
      `select pg_has_role(datdba, 'member') as owns from pg_database where datname = current_database()`,
    ),
  )
  return owns ? url : null
}
