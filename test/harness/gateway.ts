import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject, onTestFinished } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { createLogger } from '../../src/logger.ts'
import { startGateway } from '../../src/start.ts'
import { findRedis, startRedis } from '../services/redis.ts'
import { createTestDatabase } from './database.ts'
import { hashPasswordsOnce } from './passwords.ts'
import { patience } from './patience.ts'

export type Stack = Awaited<ReturnType<typeof startStack>>
type GatewayOptions = Partial<Omit<Parameters<typeof startGateway>[0], 'config'>>
export type TestGateway = Awaited<ReturnType<Stack['startGateway']>>

/**
 * What gateways of one test file share: a database of its own, the secrets, and on real services a Redis of its own.
 * Dispose of it with `await using` or `stop()`.
 */
export async function startStack() {
  const { store, name } = inject('stack')
  const database = await createTestDatabase()
  const redis = name === 'services' && findRedis() ? await startRedis() : null
  const root = mkdtempSync(join(tmpdir(), 'gatehouse-test-'))
  chmodSync(root, 0o711)
  const started = new Set<{ close(): Promise<void> }>()
  const shared: Record<string, string> = {
    PORT: '0',
    LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'silent',
    AUTH_SECRET: randomBytes(32).toString('base64'),
    ENCRYPTION_KEYS: `test:${randomBytes(32).toString('base64')}`,
    DATABASE_URL: database.url,
    DATABASE_OWNER_URL: database.ownerUrl,
    DATABASE_POOL_MAX: '10',
    ...patience,
    ...(redis && { REDIS_URL: redis.url }),
    ...(store && {
      S3_ENDPOINT: store.endpoint,
      S3_REGION: store.region,
      S3_ACCESS_KEY_ID: store.accessKeyId,
      S3_SECRET_ACCESS_KEY: store.secretAccessKey,
    }),
  }

  return {
    database,
    redis,
    environment: shared,
    async startGateway(variables: Record<string, string> = {}, options: GatewayOptions = {}) {
      // Gateways of one stack share the embedded store's directory only when told so: each is a process of its own.
      const config = readConfig({ ...shared, DATA_DIR: mkdtempSync(join(root, 'data-')), ...variables })
      const gateway = await startGateway({ config, logger: createLogger(config.logLevel), ...options })
      started.add(gateway)
      await hashPasswordsOnce(gateway.services)
      return gateway
    },
    async stop() {
      await Promise.all([...started].map((gateway) => gateway.close()))
      await redis?.stop()
      await database.drop()
      rmSync(root, { recursive: true, force: true })
    },
  }
}

/** A stack that ends with the test that began it. */
export async function stackForTest() {
  const stack = await startStack()
  onTestFinished(() => stack.stop())
  return stack
}
