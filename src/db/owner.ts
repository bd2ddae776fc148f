import pg from 'pg'

/** Who migrates and runs the jobs: DATABASE_OWNER_URL, else DATABASE_URL where its role owns the database anyway, else nobody. */
export async function findOwnerUrl({
  url,
  ownerUrl,
}: {
  url: string
  ownerUrl: string | null
}): Promise<string | null> {
  if (ownerUrl) return ownerUrl
  const client = new pg.Client({ connectionString: url, application_name: 'gatehouse start' })
  await client.connect()
  try {
    const { rows } = await client.query<{ owns: boolean }>(
      `select pg_has_role(datdba, 'member') as owns from pg_database where datname = current_database()`,
    )
    return rows[0]?.owns ? url : null
  } finally {
    await client.end()
  }
}
