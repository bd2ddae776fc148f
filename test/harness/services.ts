import { randomBytes } from 'node:crypto'
import { onTestFinished } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { createLogger } from '../../src/logger.ts'
import { createServices, type Services } from '../../src/services.ts'
import { freePort } from '../services/free-port.ts'
import type { TestDatabase } from './database.ts'
import { hashPasswordsOnce } from './passwords.ts'
import { patience } from './patience.ts'

const secret = randomBytes(32).toString('base64')
const encryptionKeys = [{ id: 'test', key: randomBytes(32) }]

type Options = {
  redisUrl?: string | undefined
  /** Another way to the database than its own address. */
  url?: string
  variables?: Record<string, string>
  onQuery?: (sql: string) => void
}

/**
 * What a gateway process has behind its server, on a database. Two of them are two processes' worth: without Redis they
 * do not hear each other's doorbell. They end with the test.
 */
export async function startTestServices(database: Pick<TestDatabase, 'url' | 'ownerUrl'>, options: Options = {}) {
  const { redisUrl, url = database.url, variables, onQuery } = options
  const level = process.env.TEST_LOG_LEVEL ?? 'silent'
  const config = readConfig({
    DATABASE_POOL_MAX: '20',
    ...patience,
    ...(redisUrl && { REDIS_URL: redisUrl }),
    ...variables,
  })
  // Whoever needs files starts a whole gateway: nobody listens here.
  const endpoint = `http://127.0.0.1:${await freePort()}`
  const services = createServices({
    config,
    ...(onQuery && { onQuery }),
    logger: createLogger(level),
    runtime: {
      database: { url, ownerUrl: database.ownerUrl },
      storage: {
        endpoint,
        publicEndpoint: endpoint,
        region: 'us-east-1',
        accessKeyId: 'none',
        secretAccessKey: 'none',
      },
      secrets: { auth: secret, encryptionKeys },
      publicUrl: 'http://localhost:4000',
      origins: ['http://localhost:4000'],
      [Symbol.asyncDispose]: async () => {},
    },
  })
  onTestFinished(() => services[Symbol.asyncDispose]())
  await hashPasswordsOnce(services)
  await services.tails.start()
  return services satisfies Services
}
