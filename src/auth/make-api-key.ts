import { apiKey } from '@better-auth/api-key'
import { drizzleAdapter } from '@better-auth/drizzle-adapter/relations-v2'
import { betterAuth } from 'better-auth'
import type { Core } from '../core.ts'
import type { Db } from '../db/client.ts'
import { accounts, apiKeys, sessions, users, verifications } from '../db/schema/auth.ts'
import { newId } from '../ids.ts'
import { apiKeyPrefix } from './api-key.ts'
import { createAuthLog } from './failures.ts'

export const maxKeyNameLength = 100
export const maxKeyDays = 3_650

type Body = {
  userId: string
  name: string
  permissions: Record<string, string[]>
  metadata: { plan: string }
  /** Seconds; null: never. */
  expiresIn: number | null
}

/**
 * Better Auth's keys, of which it stores a hash. Its plugin is here alone, and not behind `/api/auth`: nobody makes or
 * reads keys over HTTP. Keys that have expired are removed meanwhile.
 */
export async function makeApiKey(db: Db, { authSecret, logger }: Pick<Core, 'authSecret' | 'logger'>, body: Body) {
  const { api } = betterAuth({
    baseURL: 'http://localhost',
    secret: authSecret,
    telemetry: { enabled: false },
    database: drizzleAdapter(db, {
      provider: 'pg',
      schema: { user: users, session: sessions, account: accounts, verification: verifications, apikey: apiKeys },
    }),
    advanced: { database: { generateId: () => newId('apiKey') } },
    rateLimit: { enabled: false },
    onAPIError: { throw: true },
    logger: { level: 'warn', log: createAuthLog(logger) },
    plugins: [
      apiKey({
        defaultPrefix: apiKeyPrefix,
        maximumNameLength: maxKeyNameLength,
        keyExpiration: { maxExpiresIn: maxKeyDays },
        enableMetadata: true,
        // The limits are those of the key's plan, and they are ours.
        rateLimit: { enabled: false },
      }),
    ],
  })
  // It would do this by itself and not wait for it, on a connection that can do one thing at a time.
  await api.deleteAllExpiredApiKeys()
  return api.createApiKey({ body })
}
