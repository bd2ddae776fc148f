import pg from 'pg'

/** As many connections as the gateway has. */
export const poolSize = 20
export const databaseUrl = process.env.DATABASE_URL!

export function createPeerPool(): pg.Pool {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: poolSize })
  // When a run is stopped the database may end before this process.
  pool.on('error', () => {})
  return pool
}
