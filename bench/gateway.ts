import { randomBytes } from 'node:crypto'
import { createDirectory } from '../test/services/directory.ts'
import { freePort } from '../test/services/free-port.ts'
import type { Place } from './machine.ts'
import { startChild } from './processes.ts'
import type { Database } from './services.ts'

type Options = { database: Database; redisUrl: string }

/** What the environment of a gateway in production says, and of whoever writes beside it. */
export async function gatewayVariables({ database, redisUrl }: Options) {
  const port = await freePort()
  return {
    PORT: String(port),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    LOG_LEVEL: 'warn',
    AUTH_SECRET: randomBytes(32).toString('base64'),
    ENCRYPTION_KEYS: `bench:${randomBytes(32).toString('base64')}`,
    DATABASE_URL: database.url,
    DATABASE_OWNER_URL: database.ownerUrl,
    REDIS_URL: redisUrl,
    // The limiter works; it has nothing to refuse.
    API_KEY_PLANS: 'bench:100000000',
  }
}

/** A gateway as it is delivered, with every protection on. */
export async function startGateway(
  variables: Record<string, string>,
  { profile, place = 'server' }: { profile: boolean; place?: Place },
) {
  const directory = await createDirectory('bench')
  try {
    const gateway = await startChild({
      name: 'gatehouse',
      file: '../src/main.ts',
      place,
      variables: { ...variables, DATA_DIR: directory.path },
      isServer: true,
      profile,
    })
    return {
      ...gateway,
      async stop() {
        await gateway.stop()
        await directory.remove()
      },
    }
  } catch (error) {
    await directory.remove()
    throw error
  }
}
