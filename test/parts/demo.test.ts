import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { lstatSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, afterEach, expect, it, vi } from 'vitest'
import { demoPeople } from '../../src/embedded/demo.ts'
import { findEmbeddedPostgres } from '../../src/embedded/postgres/index.ts'
import { processEnvironment } from '../harness/process-environment.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
// mkdtemp makes it 0700: as root, PostgreSQL's own user cannot get there.
const home = mkdtempSync(join(tmpdir(), 'gatehouse-home-'))
const dataDir = join(home, 'data')
const children = new Set<ChildProcess>()

afterEach(async () => {
  for (const child of children) await end(child, 'SIGTERM')
})
afterAll(() => {
  for (const moved of movedTo()) rmSync(dirname(moved), { recursive: true, force: true })
  rmSync(home, { recursive: true, force: true })
})

/** `npm run demo` without npm, which would keep the signals to itself. */
const startDemo = (directory = dataDir) => start('demo', directory)

async function start(command: 'demo' | 'start', directory = dataDir) {
  const child = run(command, directory)
  let output = ''
  const url = await new Promise<string>((resolve, reject) => {
    const listen = (chunk: Buffer) => {
      output += chunk
      const found = /ready at (http:\S+)/.exec(output)?.[1]
      if (found) resolve(found)
    }
    child.stdout!.on('data', listen)
    child.stderr!.on('data', listen)
    child.once('exit', (code) => reject(new Error(`the demo ended with ${code}: ${output}`)))
  })
  return { child, url, output: () => output }
}

function run(command: 'demo' | 'start', directory: string) {
  const child = spawn(process.execPath, ['src/cli.ts', command], {
    cwd: root,
    env: { ...processEnvironment, DATA_DIR: directory, PORT: '0', LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.add(child)
  return child
}

async function end(child: ChildProcess, signal: NodeJS.Signals) {
  children.delete(child)
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  child.kill(signal)
  const [code] = await once(child, 'exit')
  return code as number | null
}

async function ask(url: string, query: string, token?: string) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query }),
  })
  return (await response.json()) as { data: Record<string, never>; errors?: unknown }
}

async function signIn(url: string, { email, password }: { email: string; password: string }) {
  const response = await fetch(`${url}/api/auth/sign-in/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify({ email, password }),
  })
  return ((await response.json()) as { token: string }).token
}

/** Where databases went that PostgreSQL's own user could not reach: `postgres` in DATA_DIR is a link to it then. */
function movedTo(): string[] {
  return readdirSync(home).flatMap((name) => {
    const asked = join(home, name, 'postgres')
    return lstatSync(asked, { throwIfNoEntry: false })?.isSymbolicLink() ? realpathSync(asked) : []
  })
}

async function signUp(url: string, { name, email, password }: (typeof demoPeople)[number]) {
  const response = await fetch(`${url}/api/auth/sign-up/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify({ name, email, password }),
  })
  return ((await response.json()) as { token: string }).token
}

async function countUsers(directory: string) {
  const server = await findEmbeddedPostgres(directory)
  if (!server) return 0
  const url = new URL(server.superuserUrl)
  url.pathname = 'gatehouse'
  const client = new pg.Client(url.href)
  client.on('error', () => {})
  try {
    await client.connect()
    return (await client.query('select from users')).rowCount ?? 0
  } catch {
    return 0 // not made yet
  } finally {
    await client.end().catch(() => {})
  }
}

const reviewer = demoPeople.find((person) => person.role === 'compliance')!
const queue = '{ kycApplications(filter: { statuses: [SUBMITTED] }) { nodes { id firstName documents { id } } } }'

it('a first start brings everything, people and an application that waits; it is kept over kill -9 and over a stop', async () => {
  const first = await startDemo()
  for (const { email, password } of demoPeople) expect(first.output()).toMatch(new RegExp(`${email} +${password}`))
  const token = await signIn(first.url, reviewer)
  const { data, errors } = await ask(first.url, queue, token)
  expect(errors).toBeUndefined()
  expect(data).toMatchObject({ kycApplications: { nodes: [{ firstName: 'Noor', documents: [{}, {}, {}] }] } })
  await end(first.child, 'SIGKILL')

  const second = await startDemo()
  expect((await ask(second.url, queue, token)).data).toEqual(data)
  expect(await end(second.child, 'SIGTERM')).toBe(0)

  const third = await startDemo()
  expect((await ask(third.url, queue, await signIn(third.url, reviewer))).data).toEqual(data)
  expect(await end(third.child, 'SIGTERM')).toBe(0)
}, 120_000)

it('a second gateway on the same DATA_DIR is refused, and takes nothing from the first', async () => {
  const first = await startDemo()
  await expect(startDemo()).rejects.toThrow(/already at work on/)
  expect((await ask(first.url, '{ viewer { id } }')).data).toEqual({ viewer: null })
}, 120_000)

it('of two gateways that start at once on one DATA_DIR one works, and the other takes nothing from it', async () => {
  for (let round = 0; round < 4; round += 1) {
    const starts = await Promise.allSettled([start('start'), start('start')])
    const [working, ...more] = starts.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
    expect(more).toEqual([])
    expect(starts.map((outcome) => (outcome.status === 'rejected' ? String(outcome.reason) : ''))).toContainEqual(
      expect.stringMatching(/already at work on/),
    )
    expect((await ask(working!.url, '{ viewer { id } }')).data).toEqual({ viewer: null })
    await signIn(working!.url, reviewer).then((token) => expect(token).toBeTruthy())
    expect(await end(working!.child, 'SIGTERM')).toBe(0)
  }
}, 120_000)

const applicationOf = {
  nothing: null,
  'a draft': `firstName: "Noor", lastName: "Newcomer", dateOfBirth: "1991-04-17", nationality: "NL", residenceCountry: "NL",
    residenceAddress: { street: "Keizersgracht 1", city: "Amsterdam", postalCode: "1015 CJ", country: "NL" },
    idDocumentType: PASSPORT, idDocumentNumber: "NX4711082", idDocumentExpiry: "${new Date().getUTCFullYear() + 4}-06-30"`,
}
it.each(['nothing', 'a draft'] as const)(
  'a demo that was killed after the sign-ups and %s is gone on with',
  async (left) => {
    const directory = join(home, left.replace(' ', '-'))
    const plain = await start('start', directory)
    for (const person of demoPeople.slice(1, 3)) {
      const token = await signUp(plain.url, person)
      if (person.name !== 'Noor Newcomer' || !applicationOf[left]) continue
      const create = `mutation { createKycApplication(input: { details: { ${applicationOf[left]} } }) { application { id } } }`
      expect((await ask(plain.url, create, token)).errors).toBeUndefined()
    }
    expect(await end(plain.child, 'SIGTERM')).toBe(0)

    const { url } = await startDemo(directory)
    const { data } = await ask(url, queue, await signIn(url, reviewer))
    expect(data).toMatchObject({ kycApplications: { nodes: [{ firstName: 'Noor', documents: [{}, {}, {}] }] } })
  },
  120_000,
)

it('SIGTERM while the people are made ends the demo in order, and the next start goes on with it', async () => {
  const directory = join(home, 'stopped')
  const child = run('demo', directory)
  await vi.waitUntil(() => countUsers(directory), { timeout: 60_000, interval: 5 })
  expect(await end(child, 'SIGTERM')).toBe(0)

  const { url } = await startDemo(directory)
  const { data } = await ask(url, queue, await signIn(url, reviewer))
  expect(data).toMatchObject({ kycApplications: { nodes: [{ firstName: 'Noor', documents: [{}, {}, {}] }] } })
}, 120_000)

it('every fault of the environment is named, and the exit code is 2', async () => {
  const child = spawn(process.execPath, ['src/main.ts'], {
    cwd: root,
    env: { ...processEnvironment, PORT: 'x', NODE_ENV: 'production', DATABASE_URL: 'nonsense' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let output = ''
  child.stderr!.on('data', (chunk) => {
    output += chunk
  })
  const [code] = await once(child, 'exit')
  expect(code).toBe(2)
  for (const name of ['PORT', 'DATABASE_URL', 'AUTH_SECRET', 'ENCRYPTION_KEYS', 'PUBLIC_URL']) {
    expect(output).toContain(`${name}: `)
  }
}, 30_000)
