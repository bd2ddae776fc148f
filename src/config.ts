import { BlockList, isIP } from 'node:net'
import { z } from 'zod'

const number = (fallback: number, minimum = 1, maximum = Number.MAX_SAFE_INTEGER) =>
  z.coerce.number().int().min(minimum).max(maximum).default(fallback)
/** What a timer waits for: Node takes those of more than 25 days for ones of a millisecond. */
const milliseconds = (fallback: number) => number(fallback, 1, 86_400_000)
const seconds = (fallback: number) => number(fallback, 1, 86_400)
const optionalText = z.string().min(1).optional()
const postgresUrl = z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// URL' }).optional()
const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http(s):// URL' })
const split = (text: string) => text.split(',').flatMap((item) => item.trim() || [])
const list = z.string().default('').transform(split)

const readKey = (item: string) => {
  const [id = '', encoded = ''] = item.split(/:(.*)/s)
  return { id, key: Buffer.from(encoded, 'base64') }
}
const isKey = ({ id, key }: ReturnType<typeof readKey>) => /^[a-zA-Z0-9_-]{1,32}$/.test(id) && key.length === 32

const encryptionKeys = list.transform((items, ctx) => {
  const keys = items.map(readKey)
  const fault = (message: string) => ctx.addIssue({ code: 'custom', message })
  if (!keys.every(isKey)) fault('each key must be id:base64 of 32 bytes')
  if (new Set(keys.map(({ id }) => id)).size < keys.length) fault('each key must have an id of its own')
  return keys
})

/** `name:requests a minute`, comma-separated; the first is what a key has that names none. */
const plans = z
  .string()
  .default('standard:600')
  .transform((text, ctx) => {
    const named = split(text).map((item) => item.split(/:(.*)/s))
    const isPlan = ([name = '', limit = '']: string[]) => /^[a-z][a-z0-9-]*$/.test(name) && /^[1-9]\d{0,8}$/.test(limit)
    if (named.length === 0 || !named.every(isPlan)) {
      ctx.addIssue({ code: 'custom', message: 'must be like standard:600,partner:6000 (requests a minute)' })
    }
    return named.map(([name = '', limit]) => ({ name, requestsPerMinute: Number(limit) }))
  })

const address = z
  .string()
  .regex(/^0x[0-9a-f]{40}$/i, 'must be addresses of token contracts, 0x and 40 hexadecimal digits, comma-separated')
  .toLowerCase()

const proxy = z.string().refine(isAddressOrRange, {
  error: ({ input }) => `"${input}" is neither an address nor a range like 10.0.0.0/8`,
})

function isAddressOrRange(entry: string): boolean {
  const [address = '', prefix] = entry.split(/\/(.*)/s)
  const version = isIP(address)
  if (version === 0 || (prefix !== undefined && !/^\d{1,3}$/.test(prefix))) return false
  try {
    new BlockList().addSubnet(address, Number(prefix ?? 0), version === 6 ? 'ipv6' : 'ipv4')
    return true
  } catch {
    return false
  }
}

const environment = z.object({
  NODE_ENV: z.string().default('development'),
  PORT: number(4000, 0, 65_535),
  HOST: z.string().default('127.0.0.1'),
  PUBLIC_URL: httpUrl.optional(),
  AUTH_SECRET: optionalText,
  ENCRYPTION_KEYS: encryptionKeys,
  DATA_DIR: z.string().default('.gatehouse'),
  DATABASE_URL: postgresUrl,
  DATABASE_OWNER_URL: postgresUrl,
  DATABASE_REPLICA_URL: postgresUrl,
  REDIS_URL: z.url({ protocol: /^rediss?$/, error: 'must be a redis:// URL' }).optional(),
  S3_ENDPOINT: httpUrl.optional(),
  S3_PUBLIC_ENDPOINT: httpUrl.optional(),
  S3_REGION: z.string().default('us-east-1'),
  S3_ACCESS_KEY_ID: optionalText,
  S3_SECRET_ACCESS_KEY: optionalText,
  S3_BUCKET_PREFIX: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'must be at most 40 of a-z, 0-9 and -, and not begin with -')
    .optional(),
  S3_SSE: z.enum(['off', 'AES256', 'aws:kms']).default('AES256'),
  TRUSTED_ORIGINS: list.pipe(z.array(httpUrl.transform((url) => new URL(url).origin))),
  TRUSTED_PROXIES: list.pipe(z.array(proxy)),
  S3_KMS_KEY_ID: optionalText,
  SMTP_URL: z.url({ protocol: /^smtps?$/, error: 'must be a smtp:// or smtps:// URL' }).optional(),
  MAIL_FROM: z.string().default('Gatehouse <no-reply@localhost>'),
  RATES_URL: httpUrl.optional(),
  RATE_TTL_SECONDS: number(300),
  RATES_TIMEOUT_MS: milliseconds(10_000),
  RATES_MAX_CHANGE_PERCENT: number(20),
  CHAIN_RPC_URL: httpUrl.optional(),
  CHAIN_TOKENS: list.pipe(z.array(address)),
  // Reorganisations of one or two blocks are everyday on Ethereum: nobody needs to be told of them. Deeper ones are retracted.
  CHAIN_CONFIRMATIONS: number(2, 0),
  CHAIN_FROM_BLOCK: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
  CHAIN_POLL_MS: milliseconds(2_000),
  CHAIN_TIMEOUT_MS: milliseconds(10_000),
  CHAIN_MAX_RANGE: number(2_000),
  API_KEY_PLANS: plans,
  GRAPHIQL: z.enum(['on', 'off']).default('on'),
  METRICS_PORT: z.coerce.number().int().min(0).max(65_535).optional(),
  METRICS_TOKEN: z.string().min(16, 'must have at least 16 characters').optional(),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  // 500 transfers of the longest values, which the contract promises to take in one call, are 290 KiB.
  MAX_BODY_BYTES: number(512 * 1024),
  MAX_QUERY_CHARACTERS: number(15_000),
  MAX_QUERY_DEPTH: number(10),
  MAX_QUERY_ALIASES: number(30),
  MAX_QUERY_COST: number(5_000),
  MAX_DOCUMENT_BYTES: number(10 * 1024 * 1024),
  MAX_DOCUMENTS_PER_APPLICATION: number(20),
  MAX_IMAGE_BYTES: number(2 * 1024 * 1024),
  DATABASE_POOL_MAX: number(20),
  DATABASE_WAIT_MS: milliseconds(2_000),
  DATABASE_STATEMENT_TIMEOUT_MS: milliseconds(5_000),
  DATABASE_LOCK_TIMEOUT_MS: milliseconds(3_000),
  DATABASE_IDLE_IN_TRANSACTION_MS: milliseconds(10_000),
  DATABASE_CONNECTION_SECONDS: seconds(1_800),
  SLOW_QUERY_MS: number(100, 0),
  REDIS_COMMAND_TIMEOUT_MS: milliseconds(500),
  CACHE_MAX_BYTES: number(64 * 2 ** 20, 0),
  // What is changed by hand in SQL shows within this time.
  CACHE_TTL_SECONDS: number(300, 0, 300),
  SESSION_SECONDS: number(7 * 86_400),
  STEP_UP_SECONDS: number(15 * 60),
  // The longest that AWS signs for: seven days.
  PRESIGNED_URL_SECONDS: number(15 * 60, 1, 604_800),
  KYC_APPROVAL_DAYS: number(365),
  UPLOAD_RETENTION_DAYS: number(7),
  DOCUMENT_RETENTION_DAYS: number(7 * 365),
  TRANSFER_EVENT_RETENTION_DAYS: number(30, 0),
  // Rates that were set by hand are in the audit trail as long as their events are there.
  RATE_EVENT_RETENTION_DAYS: number(365, 0),
  SOCKET_INIT_SECONDS: seconds(3),
  SOCKET_MAX_MESSAGE_BYTES: number(64 * 1024),
  SOCKET_MAX_OPERATIONS: number(20),
  SOCKET_MAX_PER_SESSION: number(5),
  SOCKET_MAX_QUEUED_BYTES: number(1024 * 1024),
  SHUTDOWN_SECONDS: seconds(10),
  WORKERS: number(1, 1, 64),
})

export const weakSecret = (secret: string) => secret.length < 32 || new Set(secret).size < 10
export const weakKey = (key: Buffer) => new Set(key).size < 10

/** What variables say of each other. Read as they are given: a schema would not get here when one of them has a fault. */
function crossFaults(given: NodeJS.ProcessEnv): string[] {
  const faults: string[] = []
  const fault = (name: string, message: string) => void faults.push(`${name}: ${message}`)
  if (given.S3_ENDPOINT && !(given.S3_ACCESS_KEY_ID && given.S3_SECRET_ACCESS_KEY)) {
    fault('S3_ENDPOINT', 'needs S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY')
  }
  for (const name of ['DATABASE_OWNER_URL', 'DATABASE_REPLICA_URL']) {
    if (given[name] && !given.DATABASE_URL) fault(name, 'needs DATABASE_URL')
  }
  if (given.CHAIN_RPC_URL && !split(given.CHAIN_TOKENS ?? '').length) {
    fault('CHAIN_RPC_URL', 'needs CHAIN_TOKENS: the contracts whose transfers are recorded')
  }
  if (given.CHAIN_TOKENS && !given.CHAIN_RPC_URL) fault('CHAIN_TOKENS', 'needs CHAIN_RPC_URL')
  if (Number(given.WORKERS) > 1) {
    for (const name of ['DATABASE_URL', 'REDIS_URL', 'S3_ENDPOINT']) {
      if (!given[name]) fault('WORKERS', `more than one needs ${name}: an embedded part is of one process`)
    }
    for (const name of ['AUTH_SECRET', 'ENCRYPTION_KEYS']) {
      if (!given[name]) fault('WORKERS', `more than one needs ${name}: all must have the same`)
    }
  }
  if (given.METRICS_PORT && given.METRICS_PORT !== '0' && given.METRICS_PORT === (given.PORT ?? '4000')) {
    fault('METRICS_PORT', 'must be another port than PORT')
  }
  if (given.NODE_ENV !== 'production') return faults
  if (!given.AUTH_SECRET) fault('AUTH_SECRET', 'is missing: make one with `openssl rand -base64 32`')
  else if (weakSecret(given.AUTH_SECRET)) fault('AUTH_SECRET', 'is weak: at least 32 characters, from a random source')
  const keys = split(given.ENCRYPTION_KEYS ?? '').map(readKey)
  if (keys.length === 0) fault('ENCRYPTION_KEYS', 'is missing: `k1:` and the output of `openssl rand -base64 32`')
  for (const { id, key } of keys.filter(isKey)) {
    if (weakKey(key)) fault('ENCRYPTION_KEYS', `the key ${id} is weak: take the output of \`openssl rand -base64 32\``)
  }
  if (!given.PUBLIC_URL) fault('PUBLIC_URL', 'is missing: the address under which clients reach the gateway')
  return faults
}

/** Every fault of the environment, to be printed on one screen. */
export class ConfigError extends Error {
  readonly faults: string[]
  constructor(faults: string[]) {
    super(
      `The configuration has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n  ${faults.join('\n  ')}`,
    )
    this.faults = faults
  }
}

/** The only reader of the environment. An empty variable is an absent one; an absent optional part is null. */
export function readConfig(variables: NodeJS.ProcessEnv = process.env) {
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''))
  const result = environment.safeParse(given)
  const faults = [
    ...(result.error?.issues ?? []).map((issue) => `${String(issue.path[0])}: ${issue.message}`),
    ...crossFaults(given),
  ]
  if (!result.success || faults.length > 0) throw new ConfigError(faults)
  const env = result.data
  return deepFreeze({
    workers: env.WORKERS,
    production: env.NODE_ENV === 'production',
    logLevel: env.LOG_LEVEL,
    dataDir: env.DATA_DIR,
    server: {
      host: env.HOST,
      port: env.PORT,
      publicUrl: env.PUBLIC_URL ? new URL(env.PUBLIC_URL).origin : null,
      trustedOrigins: env.TRUSTED_ORIGINS,
      trustedProxies: env.TRUSTED_PROXIES,
      graphiql: env.GRAPHIQL === 'on',
      maxBodyBytes: env.MAX_BODY_BYTES,
      shutdownSeconds: env.SHUTDOWN_SECONDS,
    },
    metrics: { port: env.METRICS_PORT ?? null, token: env.METRICS_TOKEN ?? null },
    query: {
      maxCharacters: env.MAX_QUERY_CHARACTERS,
      maxDepth: env.MAX_QUERY_DEPTH,
      maxAliases: env.MAX_QUERY_ALIASES,
      maxCost: env.MAX_QUERY_COST,
    },
    socket: {
      initSeconds: env.SOCKET_INIT_SECONDS,
      maxMessageBytes: env.SOCKET_MAX_MESSAGE_BYTES,
      maxOperations: env.SOCKET_MAX_OPERATIONS,
      maxPerSession: env.SOCKET_MAX_PER_SESSION,
      maxQueuedBytes: env.SOCKET_MAX_QUEUED_BYTES,
    },
    database: env.DATABASE_URL
      ? {
          url: env.DATABASE_URL,
          ownerUrl: env.DATABASE_OWNER_URL ?? null,
          replicaUrl: env.DATABASE_REPLICA_URL ?? null,
        }
      : null,
    pool: {
      max: env.DATABASE_POOL_MAX,
      waitMs: env.DATABASE_WAIT_MS,
      statementTimeoutMs: env.DATABASE_STATEMENT_TIMEOUT_MS,
      lockTimeoutMs: env.DATABASE_LOCK_TIMEOUT_MS,
      idleInTransactionMs: env.DATABASE_IDLE_IN_TRANSACTION_MS,
      lifetimeSeconds: env.DATABASE_CONNECTION_SECONDS,
      slowQueryMs: env.SLOW_QUERY_MS,
    },
    cache: { maxBytes: env.CACHE_MAX_BYTES, ttlSeconds: env.CACHE_TTL_SECONDS },
    redis: env.REDIS_URL ? { url: env.REDIS_URL, commandTimeoutMs: env.REDIS_COMMAND_TIMEOUT_MS } : null,
    storage: {
      server: env.S3_ENDPOINT
        ? {
            endpoint: env.S3_ENDPOINT,
            publicEndpoint: env.S3_PUBLIC_ENDPOINT ?? env.S3_ENDPOINT,
            region: env.S3_REGION,
            accessKeyId: env.S3_ACCESS_KEY_ID ?? '',
            secretAccessKey: env.S3_SECRET_ACCESS_KEY ?? '',
            bucketPrefix: env.S3_BUCKET_PREFIX ?? '',
          }
        : null,
      sse: env.S3_SSE,
      kmsKeyId: env.S3_KMS_KEY_ID ?? null,
      presignedUrlSeconds: env.PRESIGNED_URL_SECONDS,
      maxDocumentBytes: env.MAX_DOCUMENT_BYTES,
      maxDocumentsPerApplication: env.MAX_DOCUMENTS_PER_APPLICATION,
      maxImageBytes: env.MAX_IMAGE_BYTES,
      uploadRetentionDays: env.UPLOAD_RETENTION_DAYS,
      documentRetentionDays: env.DOCUMENT_RETENTION_DAYS,
    },
    auth: {
      secret: env.AUTH_SECRET ?? null,
      encryptionKeys: env.ENCRYPTION_KEYS.length > 0 ? env.ENCRYPTION_KEYS : null,
      sessionSeconds: env.SESSION_SECONDS,
      stepUpSeconds: env.STEP_UP_SECONDS,
    },
    kyc: { approvalDays: env.KYC_APPROVAL_DAYS },
    mail: { smtpUrl: env.SMTP_URL ?? null, from: env.MAIL_FROM },
    rates: {
      url: env.RATES_URL ?? null,
      ttlSeconds: env.RATE_TTL_SECONDS,
      timeoutMs: env.RATES_TIMEOUT_MS,
      maxChangePercent: env.RATES_MAX_CHANGE_PERCENT,
    },
    chain: env.CHAIN_RPC_URL
      ? {
          rpcUrl: env.CHAIN_RPC_URL,
          tokens: [...new Set(env.CHAIN_TOKENS)],
          confirmations: env.CHAIN_CONFIRMATIONS,
          fromBlock: env.CHAIN_FROM_BLOCK ?? null,
          pollMs: env.CHAIN_POLL_MS,
          timeoutMs: env.CHAIN_TIMEOUT_MS,
          maxRange: env.CHAIN_MAX_RANGE,
        }
      : null,
    /** 0: for ever. */
    eventRetentionDays: { transfers: env.TRANSFER_EVENT_RETENTION_DAYS, rates: env.RATE_EVENT_RETENTION_DAYS },
    apiKeys: { plans: env.API_KEY_PLANS },
  })
}

export type Config = ReturnType<typeof readConfig>

type DeepReadonly<T> = T extends Buffer ? T : T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T

function deepFreeze<T extends object>(value: T): DeepReadonly<T> {
  for (const child of Object.values(value)) {
    if (child !== null && typeof child === 'object' && !Buffer.isBuffer(child)) deepFreeze(child)
  }
  return Object.freeze(value) as DeepReadonly<T>
}
