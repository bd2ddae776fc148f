import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateBucketCommand } from '@aws-sdk/client-s3'
import { Redis } from 'ioredis'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest'
import { readConfig } from '../src/config.ts'
import { examine as examineChecks } from '../src/doctor/check.ts'
import { checksOf } from '../src/doctor/index.ts'
import { openParts } from '../src/embedded/command.ts'
import { startObjectStore } from '../src/embedded/object-store/index.ts'
import { createLogger } from '../src/logger.ts'
import { applyStorage } from '../src/storage/apply.ts'
import { buckets } from '../src/storage/buckets.ts'
import { createStorage } from '../src/storage/index.ts'
import { listVersions } from '../src/storage/versions.ts'
import { runCommand } from './harness/command.ts'
import { databaseForTest } from './harness/log.ts'
import { mailServerForTest } from './harness/mail.ts'
import { startOwnPostgres } from './harness/postgres.ts'
import { ecbFile, startProvider, text } from './harness/rates.ts'
import { redisOfStack } from './harness/redis.ts'
import { startStore, storeEnvironment, type TestStore } from './harness/store.ts'
import { freePort } from './services/free-port.ts'

const isEmbedded = inject('stack').name === 'embedded'
const logger = createLogger('silent')
const strong = {
  AUTH_SECRET: randomBytes(32).toString('base64'),
  ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
}
type Variables = Record<string, string>

let store: TestStore
let home: string
const redis = redisOfStack()
beforeAll(async () => {
  ;[store, home] = await Promise.all([startStore(), mkdtemp(join(tmpdir(), 'gatehouse-doctor-'))])
  await redis.start()
  await prepare(store)
})
afterAll(async () => {
  await Promise.all([store.stop(), redis.stop(), rm(home, { recursive: true })])
})

async function prepare(server: Omit<TestStore, 'stop'>) {
  const storage = createStorage({ server, settings: readConfig({}).storage })
  await applyStorage(storage, { allowedOrigins: [] })
  storage.close()
}

/** A line for each finding of these checks, as `state check: what (what to do)`. */
async function examine(variables: Variables, ...names: string[]): Promise<string[]> {
  const config = readConfig({ DATA_DIR: join(home, randomUUID()), ...strong, ...variables })
  const parts = openParts({ config, logger, waitMs: 1_000 })
  try {
    const checks = checksOf({ config, parts, logger }).filter(({ name }) => names.includes(name))
    return (await examineChecks(checks)).flatMap(({ name, findings }) =>
      findings.map(({ state, found, advice }) => `${state} ${name}: ${found}${advice ? ` (${advice})` : ''}`),
    )
  } finally {
    await parts[Symbol.asyncDispose]()
  }
}
const troubles = (lines: string[]) => lines.filter((line) => !line.startsWith('ok '))
const database = ({ url, ownerUrl }: { url: string; ownerUrl: string }) => ({
  DATABASE_URL: url,
  DATABASE_OWNER_URL: ownerUrl,
})

describe('a healthy set-up', () => {
  it('has nothing that failed, and the command says so with a line each', async () => {
    const postgres = await startOwnPostgres({ fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on' })
    const mail = await mailServerForTest()
    const rates = await startProvider(text(ecbFile('2026-11-20', { USD: '1.1', CHF: '0.9' })))
    const variables = {
      ...database(postgres),
      ...storeEnvironment(store),
      ...strong,
      ...(redis.url() && { REDIS_URL: redis.url()! }),
      SMTP_URL: `smtp://127.0.0.1:${mail.port}`,
      MAIL_FROM: 'Gatehouse <no-reply@example.com>',
      RATES_URL: rates.url,
    }
    const { code, output } = await runCommand(['doctor'], variables)
    expect(output).not.toContain('FAILED')
    expect(output).toMatch(/^ok {7}PostgreSQL {4}version \d+/m)
    expect(output).toMatch(/^ok {7}object store {2}the buckets are set as they should be$/m)
    expect(output).toMatch(/^ok {7}mail {10}127\.0\.0\.1:\d+ takes us$/m)
    expect(output).toMatch(/^ok {7}rates {9}127\.0\.0\.1:\d+: 2 rates of 1 EUR, as of 2026-11-20$/m)
    expect(output).toMatch(/^warning {2}rates {9}none are stored yet\n +→ /m)
    if (redis.url()) expect(output).toMatch(/^ok {7}Redis {9}keeps values and passes messages on/m)
    expect(output).not.toContain('key=secret')
    expect(code).toBe(0)

    const json = await runCommand(['doctor', '--json'], variables)
    const lines = JSON.parse(json.output) as { check: string; state: string; found: string; advice?: string }[]
    expect(lines.filter(({ state }) => state === 'failed')).toEqual([])
    expect(lines.filter(({ state, advice }) => state !== 'ok' && !advice)).toEqual([])
  })

  it('of nothing but a DATA_DIR that was never used is told what makes one, and stays unused', async () => {
    const DATA_DIR = join(home, 'absent')
    const { code, output } = await runCommand(['doctor'], { DATA_DIR })
    expect(output).toMatch(/^FAILED {3}PostgreSQL {4}there is none in .*\n +→ `gatehouse start` makes one/m)
    expect(output).toMatch(/^FAILED {3}object store {2}there is none in .*\n +→ `gatehouse start` makes one/m)
    expect(output).toMatch(/^ok {7}rates {9}the bundled snapshot/m)
    expect(code).toBe(1)
    await expect(rm(DATA_DIR, { recursive: true })).rejects.toThrow('ENOENT')
  })
})

describe('PostgreSQL', () => {
  it('that is down is told, by a command that has no stack and no password to show, and all others are looked at', async () => {
    const { code, output } = await runCommand(['doctor'], {
      ...strong,
      DATABASE_URL: 'postgres://gatehouse:hidden@127.0.0.1:1/gatehouse',
      DATABASE_OWNER_URL: 'postgres://owner:hidden@127.0.0.1:1/gatehouse',
      ...storeEnvironment(store),
    })
    expect(output).toMatch(
      /^FAILED {3}PostgreSQL {4}gatehouse at 127\.0\.0\.1:1\/gatehouse: nothing listens there\n +→ start the server, or correct DATABASE_URL$/m,
    )
    expect(output).toMatch(/^ok {7}object store {2}refuses requests that nobody signed/m)
    expect(output).not.toContain('hidden')
    expect(output).not.toMatch(/^\s+at /m)
    expect(code).toBe(1)
  })

  it('that refuses the password, has no such database, or says nothing at all is told apart', async () => {
    const silent = createTcpServer(() => {}).listen(0, '127.0.0.1')
    onTestFinished(() => void silent.close())
    await once(silent, 'listening')
    const { url } = await databaseForTest()
    const change = (make: (url: URL) => void) => {
      const changed = new URL(url)
      make(changed)
      return changed.href
    }
    const found = async (DATABASE_URL: string) => (await examine({ DATABASE_URL }, 'PostgreSQL', 'jobs', 'rates'))[0]
    expect(await found(change((u) => (u.password = 'wrong')))).toContain('it refuses the password')
    expect(await found(change((u) => (u.pathname = 'nothing_of_the_kind')))).toContain('it has no such database')
    const port = String((silent.address() as AddressInfo).port)
    expect(await found(change((u) => (u.port = port)))).toContain('it does not answer in time')
  })

  it('of another version of this program is told what to run', async () => {
    const test = await databaseForTest()
    const client = new pg.Client(test.ownerUrl)
    await client.connect()
    await client.query('delete from drizzle.migrations where id = (select max(id) from drizzle.migrations)')
    await client.end()
    const lines = await examine({ ...database(test) }, 'PostgreSQL')
    expect(lines).toContain('failed PostgreSQL: the database is not at this version (run `gatehouse migrate`)')
  })

  it('is used by a role that owns nothing, beside an owner who may migrate', async () => {
    const test = await databaseForTest()
    const look = (variables: Variables) => examine({ ...variables }, 'PostgreSQL')
    const healthy = await look(database(test))
    expect(healthy).toContain('ok PostgreSQL: the role gatehouse owns nothing and cannot change the audit trail')
    expect(healthy).toContain('ok PostgreSQL: the owner may migrate')
    const asOwner = troubles(await look({ DATABASE_URL: test.ownerUrl }))
    expect(asOwner.join('\n')).toContain('warning PostgreSQL: the role gatehouse_owner owns the tables')
    const alone = troubles(await look({ DATABASE_URL: test.url }))
    expect(alone.join('\n')).toContain('warning PostgreSQL: no owner is known here')
    const wrongOwner = troubles(await look({ ...database(test), DATABASE_OWNER_URL: test.url.replace('test@', 'no@') }))
    expect(wrongOwner.join('\n')).toContain('failed PostgreSQL: the owner cannot sign in: it refuses the password')
    const notOwner = troubles(await look({ ...database(test), DATABASE_OWNER_URL: test.url }))
    expect(notOwner.join('\n')).toContain('failed PostgreSQL: the role of DATABASE_OWNER_URL may not create anything')
  })

  it('with settings that lose what was acknowledged, or too few connections, is told which', async () => {
    const test = await databaseForTest()
    const lines = await examine({ ...database(test), DATABASE_POOL_MAX: '1000' }, 'PostgreSQL')
    // That of the tests waits for no disk.
    expect(lines.join('\n')).toContain('failed PostgreSQL: fsync is off')
    expect(lines.join('\n')).toContain('archives no log')
    expect(lines.join('\n')).toMatch(/failed PostgreSQL: max_connections \d+: a process opens up to 1006/)
  })

  it('has jobs that nobody does, or that were given up', async () => {
    const test = await databaseForTest()
    const client = new pg.Client(test.ownerUrl)
    await client.connect()
    await client.query(`select add_job('kyc.expire', '{}'), add_job('upload.sweep', '{}')`)
    await client.query(`update graphile_worker._private_jobs set run_at = now() - interval '1 hour'`)
    await client.query(
      `update graphile_worker._private_jobs set attempts = max_attempts where id = (select max(id) from graphile_worker._private_jobs)`,
    )
    await client.end()
    expect(await examine({ ...database(test) }, 'jobs')).toEqual([
      expect.stringContaining('warning jobs: nobody has taken for ten minutes: kyc.expire (1)'),
      expect.stringContaining('warning jobs: failed as often as they are tried: upload.sweep (1)'),
    ])
  })

  it('has a replica that is one', async () => {
    const test = await databaseForTest()
    const look = (DATABASE_REPLICA_URL: string) => examine({ ...database(test), DATABASE_REPLICA_URL }, 'replica')
    expect(await look(test.url)).toEqual([expect.stringContaining('failed replica: this server is no replica')])
    expect(await look('postgres://a:hidden@127.0.0.1:1/b')).toEqual([
      'failed replica: a at 127.0.0.1:1/b: nothing listens there (start it, correct DATABASE_REPLICA_URL, or unset it)',
    ])
    expect(() => readConfig({ DATABASE_REPLICA_URL: test.url })).toThrow('DATABASE_REPLICA_URL: needs DATABASE_URL')
  })
})

describe('Redis', () => {
  it('that is down is told', async () => {
    const REDIS_URL = `redis://:hidden@127.0.0.1:${await freePort()}`
    expect(await examine({ REDIS_URL }, 'Redis')).toEqual([
      expect.stringMatching(/^failed Redis: 127\.0\.0\.1:\d+: nothing listens there \(start it, or correct REDIS_URL/),
    ])
  })

  if (!isEmbedded) {
    it('is to forget what is old when it is full, and to write nothing to disk', async () => {
      const REDIS_URL = redis.url()!
      const client = new Redis(REDIS_URL)
      onTestFinished(() => client.disconnect())
      const look = async () => troubles(await examine({ REDIS_URL }, 'Redis'))
      await client.config('SET', 'maxmemory', '100mb')
      await client.config('SET', 'maxmemory-policy', 'noeviction')
      await client.config('SET', 'appendonly', 'yes')
      expect(await look()).toEqual([
        expect.stringContaining('noeviction: it refuses writes when it is full'),
        expect.stringContaining('it writes every change to disk'),
      ])
      await client.config('SET', 'maxmemory-policy', 'allkeys-lru')
      await client.config('SET', 'appendonly', 'no')
      expect(await look()).toEqual([])
      expect(await client.keys('gatehouse:doctor:*')).toEqual([])
    })

    it('that refuses the password, or is a replica, is told', async () => {
      const REDIS_URL = redis.url()!
      const client = new Redis(REDIS_URL)
      onTestFinished(() => client.disconnect())
      await client.config('SET', 'requirepass', 'something')
      expect(await examine({ REDIS_URL }, 'Redis')).toEqual([
        expect.stringContaining('it refuses the user or the password'),
      ])
      await client.config('SET', 'requirepass', '')
      await client.replicaof('127.0.0.1', '1')
      expect((await examine({ REDIS_URL }, 'Redis')).join('\n')).toContain('failed Redis: it is a replica')
      await client.replicaof('NO', 'ONE')
    })
  }
})

describe('the object store', () => {
  const look = (variables: Variables) => examine({ ...storeEnvironment(store), ...variables }, 'object store')

  it('is tried: what it refuses, what it takes and the gateway makes up for; nothing is left of it', async () => {
    const lines = (await look({})).join('\n')
    expect(lines).toContain('refuses requests that nobody signed, addresses that have expired, uploads of another type')
    expect(lines.includes('takes uploads of other bytes; the gateway reads and checks')).toBe(!isEmbedded)
    expect(lines.includes('warning object store: does not say that it encrypts')).toBe(!isEmbedded)
    const storage = createStorage({ server: store, settings: readConfig({}).storage })
    onTestFinished(() => storage.close())
    for await (const page of listVersions(storage, 'user-uploads')) expect(page).toEqual([])
  })

  it('that is down, knows no such key or another secret, or has no buckets, is told apart', async () => {
    const port = await freePort()
    expect(await look({ S3_ENDPOINT: `http://127.0.0.1:${port}` })).toEqual([
      `failed object store: 127.0.0.1:${port}: nothing listens there (start it, or correct S3_ENDPOINT)`,
    ])
    expect((await look({ S3_SECRET_ACCESS_KEY: 'wrong' })).join('\n')).toContain('(correct S3_SECRET_ACCESS_KEY')
    expect((await look({ S3_ACCESS_KEY_ID: 'nobody' })).join('\n')).toContain('(correct S3_ACCESS_KEY_ID')
    expect((await look({ S3_BUCKET_PREFIX: 'none-' })).join('\n')).toContain(
      'failed object store: there is no bucket none-kyc-documents, none-token-metadata, none-user-uploads',
    )
  })

  it('whose buckets were not set is told what to run', async () => {
    const own = await startStore()
    onTestFinished(() => own.stop())
    await prepare({ ...own, bucketPrefix: 'set-' })
    const storage = createStorage({ server: own, settings: readConfig({}).storage })
    onTestFinished(() => storage.close())
    for (const Bucket of buckets) await storage.client.send(new CreateBucketCommand({ Bucket }))
    const found = await examine(storeEnvironment(own), 'object store')
    expect(found.join('\n')).toMatch(/not set as they should be: kyc-documents: versions; .*`gatehouse storage apply`/)
  })

  it('whose clock goes wrong is told, before signatures fail', async () => {
    let aheadMs = 0
    const { hostname, port } = new URL(store.endpoint)
    const proxy = createServer((incoming, outgoing) => {
      const { method, url, headers } = incoming
      const forwarded = request({ hostname, port, method, path: url, headers }, (answer) => {
        const date = new Date(Date.now() + aheadMs).toUTCString()
        outgoing.writeHead(answer.statusCode ?? 500, { ...answer.headers, date })
        answer.pipe(outgoing)
      })
      incoming.pipe(forwarded)
    }).listen(0, '127.0.0.1')
    onTestFinished(() => void proxy.close())
    await once(proxy, 'listening')
    const S3_ENDPOINT = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
    expect(await look({ S3_ENDPOINT })).toContain('ok object store: its clock is this machine’s')
    aheadMs = -120_000
    expect((await look({ S3_ENDPOINT })).join('\n')).toMatch(/^warning object store: its clock differs .* by 1\d\d s/m)
    aheadMs = 600_000
    expect((await look({ S3_ENDPOINT })).join('\n')).toMatch(/^failed object store: its clock differs .* by \d{3} s/m)
  })

  it('that lets anybody read is a failure', async () => {
    const credentials = { accessKeyId: 'tests', secretAccessKey: randomUUID() }
    const directory = join(home, 'open', 'objects')
    const open = await startObjectStore({ directory, credentials, publicBuckets: ['user-uploads'] })
    onTestFinished(() => open.close())
    const server = { endpoint: open.endpoint, publicEndpoint: open.endpoint, region: 'us-east-1', ...credentials }
    const storage = createStorage({ server, settings: readConfig({}).storage })
    onTestFinished(() => storage.close())
    for (const Bucket of buckets) await storage.client.send(new CreateBucketCommand({ Bucket }))
    expect((await examine(storeEnvironment(server), 'object store')).join('\n')).toContain(
      'failed object store: takes requests that nobody signed (close user-uploads to the public',
    )
  })
})

describe('mail and rates', () => {
  it('mails that reach nobody are worth a warning in production alone', async () => {
    expect(await examine({}, 'mail')).toEqual([expect.stringMatching(/^ok mail: mails reach nobody/)])
    const production = { NODE_ENV: 'production', PUBLIC_URL: 'https://gate.example.com' }
    expect(await examine({ ...production }, 'mail')).toEqual([
      expect.stringMatching(/^warning mail: mails reach nobody/),
    ])
    expect((await examine({ ...production }, 'rates'))[0]).toMatch(/^warning rates: .* which never change/)
  })

  it('a mail server that is down, or refuses the password, is told apart', async () => {
    const port = await freePort()
    expect(await examine({ SMTP_URL: `smtp://127.0.0.1:${port}` }, 'mail')).toEqual([
      expect.stringMatching(/^failed mail: 127\.0\.0\.1:\d+: .*\(correct the host and the port of SMTP_URL/),
    ])
    const server = await mailServerForTest({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: (_auth, _session, callback) => callback(new Error('Invalid username or password')),
    })
    const refused = await examine({ SMTP_URL: `smtp://me:hidden@127.0.0.1:${server.port}` }, 'mail')
    expect(refused).toEqual([expect.stringContaining('(correct the user and the password of SMTP_URL)')])
    expect(refused.join()).not.toContain('hidden')
  })

  it('a provider of rates that is down, or talks nonsense, is told', async () => {
    const provider = await startProvider(text('<html>'))
    const look = async () => (await examine({ RATES_URL: provider.url }, 'rates'))[0]
    expect(await look()).toMatch(/^failed rates: 127\.0\.0\.1:\d+: .*\(correct RATES_URL, or wait for the provider\)/)
    await provider.stop()
    expect(await look()).toMatch(/^failed rates: 127\.0\.0\.1:\d+: the provider cannot be reached/)
    expect(await look()).not.toContain('secret')
  })
})

describe('settings', () => {
  it('that production would refuse, or that do not fit each other, are worth a warning', async () => {
    const { url } = await databaseForTest()
    const weak = { AUTH_SECRET: 'short', ENCRYPTION_KEYS: `k1:${Buffer.alloc(32).toString('base64')}` }
    const lines = await examine({ DATABASE_URL: url, ...weak }, 'settings')
    expect(lines).toEqual([
      expect.stringContaining('AUTH_SECRET is weak'),
      expect.stringContaining('the key k1 of ENCRYPTION_KEYS is weak'),
      expect.stringContaining('DATABASE_URL without S3_ENDPOINT: each gateway of this database keeps files of its own'),
    ])
    const unset = await examine({ DATABASE_URL: url, ...storeEnvironment(store), AUTH_SECRET: '' }, 'settings')
    expect(unset).toEqual([expect.stringContaining('is not set: this machine made its own')])
  })
})
