import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { ConfigError, readConfig } from '../../src/config.ts'

function faultsOf(variables: NodeJS.ProcessEnv): string[] {
  try {
    readConfig(variables)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
}

function key() {
  return randomBytes(32).toString('base64')
}

it('nothing configured is the embedded gateway with the documented defaults', () => {
  const config = readConfig({})
  expect(config).toMatchObject({
    database: null,
    redis: null,
    cache: { maxBytes: 67_108_864, ttlSeconds: 300 },
    dataDir: '.gatehouse',
    server: { port: 4000, publicUrl: null, graphiql: true, maxBodyBytes: 524_288, shutdownSeconds: 10 },
    pool: { max: 20, waitMs: 2_000, statementTimeoutMs: 5_000, lockTimeoutMs: 3_000, idleInTransactionMs: 10_000 },
    storage: { server: null, sse: 'AES256', presignedUrlSeconds: 900, maxDocumentBytes: 10_485_760 },
    auth: { secret: null, encryptionKeys: null, sessionSeconds: 604_800 },
    kyc: { approvalDays: 365 },
  })
})

it('every fault is named at once', () => {
  const faults = faultsOf({
    PORT: 'many',
    DATABASE_URL: 'mysql://x',
    REDIS_URL: 'http://x',
    ENCRYPTION_KEYS: 'k1:short',
    S3_SSE: 'yes',
  })
  expect(faults.map((fault) => fault.split(':')[0]).sort()).toEqual([
    'DATABASE_URL',
    'ENCRYPTION_KEYS',
    'PORT',
    'REDIS_URL',
    'S3_SSE',
  ])
})

it('what is waited for is no longer than a timer can be: beyond that it would not wait at all', () => {
  const [week, year] = ['604800000', '31536000']
  const inMs = ['DATABASE_WAIT_MS', 'DATABASE_STATEMENT_TIMEOUT_MS', 'REDIS_COMMAND_TIMEOUT_MS', 'CHAIN_TIMEOUT_MS']
  const inSeconds = ['DATABASE_CONNECTION_SECONDS', 'SHUTDOWN_SECONDS', 'SOCKET_INIT_SECONDS']
  const faults = faultsOf({
    ...Object.fromEntries(inMs.map((name) => [name, week])),
    ...Object.fromEntries(inSeconds.map((name) => [name, year])),
  })
  expect(faults.map((fault) => fault.split(':')[0]).sort()).toEqual([...inMs, ...inSeconds].sort())
})

it('a faulty variable hides no missing one', () => {
  const faults = faultsOf({ NODE_ENV: 'production', PORT: 'abc', DATABASE_OWNER_URL: 'postgres://owner@db/gatehouse' })
  expect(faults.map((fault) => fault.split(':')[0]).sort()).toEqual([
    'AUTH_SECRET',
    'DATABASE_OWNER_URL',
    'ENCRYPTION_KEYS',
    'PORT',
    'PUBLIC_URL',
  ])
})

it.each([
  ['PORT', '65536', '65535'],
  ['PRESIGNED_URL_SECONDS', '604801', '604800'],
  ['CACHE_TTL_SECONDS', '301', '300'],
  ['TRUSTED_PROXIES', '10.0.0.0/8,localhost', '10.0.0.0/8,::1,fd00::/8'],
  ['TRUSTED_PROXIES', '10.0.0.0/33', '10.0.0.0/32'],
  ['TRUSTED_PROXIES', '10.0.0.0/', '10.0.0.0'],
  ['ENCRYPTION_KEYS', `k1:${key()},k1:${key()}`, `k1:${key()},k2:${key()}`],
])('%s: %s is a fault, %s is not', (name, faulty, sound) => {
  const faults = faultsOf({ [name]: faulty })
  expect(faults).toHaveLength(1)
  expect(faults[0]).toContain(`${name}: `)
  expect(faultsOf({ [name]: sound })).toEqual([])
})

it('D50: in production a missing or weak secret is a fault', () => {
  const missing = faultsOf({ NODE_ENV: 'production' })
  expect(missing.map((fault) => fault.split(':')[0]).sort()).toEqual(['AUTH_SECRET', 'ENCRYPTION_KEYS', 'PUBLIC_URL'])
  const weak = faultsOf({
    NODE_ENV: 'production',
    PUBLIC_URL: 'https://gate.example',
    AUTH_SECRET: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    ENCRYPTION_KEYS: `k1:${key()},k2:${Buffer.alloc(32, 'secret').toString('base64')}`,
  })
  expect(weak).toEqual([
    'AUTH_SECRET: is weak: at least 32 characters, from a random source',
    'ENCRYPTION_KEYS: the key k2 is weak: take the output of `openssl rand -base64 32`',
  ])
})

it('D50: a store without its keys is a fault, not an undefined password', () => {
  expect(faultsOf({ S3_ENDPOINT: 'http://127.0.0.1:9000' })).toEqual([
    'S3_ENDPOINT: needs S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY',
  ])
})

it('a chain without tokens, tokens without a chain, and what is no address are faults', () => {
  const token = `0x${'aB'.repeat(20)}`
  const chain = { CHAIN_RPC_URL: 'https://node.example/key', CHAIN_TOKENS: `${token}, ${token.toLowerCase()}` }
  expect(readConfig(chain).chain).toMatchObject({ tokens: [token.toLowerCase()], confirmations: 2, fromBlock: null })
  expect(readConfig({}).chain).toBeNull()
  const named = (variables: NodeJS.ProcessEnv) => faultsOf(variables).map((fault) => fault.split(':')[0])
  expect(named({ ...chain, CHAIN_TOKENS: '' })).toEqual(['CHAIN_RPC_URL'])
  expect(named({ ...chain, CHAIN_RPC_URL: '' })).toEqual(['CHAIN_TOKENS'])
  expect(named({ ...chain, CHAIN_TOKENS: `${token}00` })).toEqual(['CHAIN_TOKENS'])
  expect(named({ ...chain, CHAIN_FROM_BLOCK: '-1', CHAIN_CONFIRMATIONS: 'x' })).toEqual([
    'CHAIN_CONFIRMATIONS',
    'CHAIN_FROM_BLOCK',
  ])
})

it('several workers need what they share outside of them, and the same secrets', () => {
  const shared = {
    WORKERS: '2',
    DATABASE_URL: 'postgres://gatehouse@db/gatehouse',
    REDIS_URL: 'redis://redis',
    S3_ENDPOINT: 'http://127.0.0.1:9000',
    S3_ACCESS_KEY_ID: 'id',
    S3_SECRET_ACCESS_KEY: 'secret',
    AUTH_SECRET: key(),
    ENCRYPTION_KEYS: `k1:${key()}`,
  }
  expect(faultsOf(shared)).toEqual([])
  for (const name of ['DATABASE_URL', 'REDIS_URL', 'S3_ENDPOINT', 'AUTH_SECRET', 'ENCRYPTION_KEYS']) {
    const faults = faultsOf({ ...shared, [name]: '' })
    expect(faults.join()).toMatch(new RegExp(`^WORKERS: more than one needs ${name}`))
    expect(faults).toHaveLength(1)
  }
})

it('metrics have a port of their own, and a token that nobody guesses', () => {
  expect(readConfig({}).metrics).toEqual({ port: null, token: null })
  expect(faultsOf({ METRICS_PORT: '4000' })).toEqual(['METRICS_PORT: must be another port than PORT'])
  expect(faultsOf({ METRICS_TOKEN: 'short' })).toHaveLength(1)
})

it('an empty variable is an absent one, and the configuration cannot be changed', () => {
  const config = readConfig({ DATABASE_URL: '', PORT: '' })
  expect(config.database).toBeNull()
  expect(() => Object.assign(config.server, { port: 1 })).toThrow(TypeError)
})
