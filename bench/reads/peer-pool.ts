import pg from 'pg'

/** As many connections as the gateway has. */
export const poolSize = 20
export const databaseUrl = process.env.DATABASE_URL!

export const createPeerPool = () => new pg.Pool({ connectionString: databaseUrl, max: poolSize })
