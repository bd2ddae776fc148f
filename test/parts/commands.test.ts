import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import { startEmbeddedPostgres } from '../../src/embedded/postgres/index.ts'
import { processEnvironment } from '../harness/process-environment.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const home = mkdtempSync(join(tmpdir(), 'gatehouse-home-'))
// As root, PostgreSQL's own user has to get there.
chmodSync(home, 0o711)
const absent = join(home, 'absent')
afterAll(() => rmSync(home, { recursive: true, force: true }))

/** A command to its end. */
async function gatehouse(words: string[], variables: Record<string, string> = {}) {
  const child = spawn(process.execPath, ['src/cli.ts', ...words], {
    cwd: root,
    env: { ...processEnvironment, DATA_DIR: absent, PORT: '0', LOG_LEVEL: 'warn', ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk
    })
  }
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, output }
}

it.each([
  ['DATABASE_URL', { DATABASE_URL: 'postgres://gatehouse:hidden@127.0.0.1:1/gatehouse' }],
  ['S3_ENDPOINT', { S3_ENDPOINT: 'http://127.0.0.1:1', S3_ACCESS_KEY_ID: 'gatehouse', S3_SECRET_ACCESS_KEY: 'hidden' }],
  ['REDIS_URL', { REDIS_URL: 'redis://127.0.0.1:1' }],
  [
    'NODE_ENV=production',
    {
      NODE_ENV: 'production',
      PUBLIC_URL: 'https://gate.example',
      AUTH_SECRET: 'Vq3mZ8rT1nXc6yKd0sLb5wHf9gJp2uAe',
      ENCRYPTION_KEYS: `k1:${Buffer.from(Array.from({ length: 32 }, (_, index) => index)).toString('base64')}`,
    },
  ],
])('the demo, whose admin has a public password, is refused where %s is set', async (name, variables) => {
  const { code, output } = await gatehouse(['demo'], variables)
  expect(output).toContain(`${name}: the demo works on embedded parts only`)
  expect(code).toBe(2)
  expect(existsSync(absent)).toBe(false)
})

it.each([
  ['role', 'ada@example.com', 'ADMIN'],
  ['key', 'create', '--owner', 'ada@example.com', '--name', 'x', '--scopes', 'kyc:read'],
  ['key', 'list'],
  ['audit', 'verify'],
])('`%s` makes no database where there is none', async (...words) => {
  const { code, output } = await gatehouse(words)
  expect(output).toMatch(
    /^The configuration has a fault:\n {2}DATA_DIR: there is no database in .*gatehouse migrate.*\n$/,
  )
  expect(code).toBe(2)
  expect(existsSync(absent)).toBe(false)
})

it('`storage apply` makes no store where there is none, and sets the one of a DATA_DIR whose gateway is off', async () => {
  const { code, output } = await gatehouse(['storage', 'apply'])
  expect(output).toMatch(
    /^The configuration has a fault:\n {2}DATA_DIR: there is no object store in .*S3_ENDPOINT.*\n$/,
  )
  expect(code).toBe(2)
  expect(existsSync(absent)).toBe(false)

  const DATA_DIR = mkdtempSync(join(home, 'store-'))
  mkdirSync(join(DATA_DIR, 'objects'))
  const applied = await gatehouse(['storage', 'apply'], { DATA_DIR })
  expect(applied.output).toMatch(/^kyc-documents +bucket +set$/m)
  expect(applied.code).toBe(0)
})

it('a command on a database that was never migrated says what to do, and works once it was done', async () => {
  const DATA_DIR = join(home, 'data')
  const server = await startEmbeddedPostgres({ dataDir: DATA_DIR })
  await server.stop()
  const { code, output } = await gatehouse(['audit', 'verify'], { DATA_DIR })
  expect(output).toMatch(/^The configuration has a fault:\n {2}DATA_DIR: the database in .* run `gatehouse migrate`\n$/)
  expect(code).toBe(2)

  expect(
    (await Promise.all([gatehouse(['migrate'], { DATA_DIR }), gatehouse(['migrate'], { DATA_DIR })])).map(
      ({ code }) => code,
    ),
  ).toEqual([0, 0])
  expect(await gatehouse(['audit', 'verify'], { DATA_DIR })).toMatchObject({
    code: 0,
    output: expect.stringContaining('whole'),
  })
  expect(await gatehouse(['role', 'nobody@example.com', 'ADMIN'], { DATA_DIR })).toEqual({
    code: 1,
    output: 'A user with the e-mail address nobody@example.com was not found.\n',
  })
  expect(await gatehouse(['key', 'list'], { DATA_DIR })).toMatchObject({
    code: 0,
    output: expect.stringMatching(/^id +name +owner .*state\n$/),
  })
}, 120_000)

it.each([['--foo'], ['start', '--foo'], ['fly']])('`%s` is answered with the usage', async (...words) => {
  const { code, output } = await gatehouse(words)
  expect(output).toContain('gatehouse <command>')
  expect(output).toContain(words.at(-1))
  expect(output).not.toMatch(/^\s+at /m)
  expect(code).toBe(2)
})

it.each([['start'], ['migrate'], ['audit', 'verify']])(
  '`%s` names the variable that leads to no database, without its password',
  async (...words) => {
    const { code, output } = await gatehouse(words, {
      DATABASE_URL: 'postgres://gatehouse:hidden@127.0.0.1:1/production',
      S3_ENDPOINT: 'http://127.0.0.1:1',
      S3_ACCESS_KEY_ID: 'gatehouse',
      S3_SECRET_ACCESS_KEY: 'hidden',
      LOG_LEVEL: 'silent',
    })
    expect(output).toBe(
      'The database cannot be used: nothing listens there. See DATABASE_URL (gatehouse at 127.0.0.1:1/production).\n',
    )
    expect(code).toBe(1)
  },
)
