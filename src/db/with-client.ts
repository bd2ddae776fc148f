import pg from 'pg'

const connectMs = 10_000

/** One connection for what a start asks before there is a pool; it ends with the work. */
export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'gatehouse start',
    connectionTimeoutMillis: connectMs,
  })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
