import { withClient } from './with-client.ts'

type Options = { url: string; ownerUrl: string | null }

/** Who migrates and runs the jobs: DATABASE_OWNER_URL, else DATABASE_URL where its role owns the database anyway, else nobody. */
export async function findOwnerUrl({ url, ownerUrl }: Options): Promise<string | null> {
  if (ownerUrl) return ownerUrl
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ owns: boolean }>(
      `select pg_has_role(datdba, 'member') as owns from pg_database where datname = current_database()`,
    )
    return rows[0]?.owns ? url : null
  })
}
