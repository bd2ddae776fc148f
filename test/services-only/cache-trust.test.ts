import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { raiseAlert } from '../../src/resolvers/alert.ts'
import { setUserRoleByEmail } from '../../src/resolvers/user.ts'
import { type Asked, askAt, startKnowing } from '../harness/cache.ts'
import { type Person, people, type Stack, startStack, type TestGateway } from '../harness/index.ts'
import { draft } from '../harness/kyc.ts'
import { connectForTest, eventually } from '../harness/log.ts'
import { sendSignal } from '../services/process.ts'
import { startRedis } from '../services/redis.ts'

let stack: Stack
let gateway: TestGateway
let investor: Person
let own: Redis

beforeAll(async () => {
  stack = await startStack()
  gateway = await start()
  investor = await people(gateway).investor()
  own = new Redis(stack.redis!.url)
})
afterAll(async () => {
  own.disconnect()
  await stack.stop()
})

const start = (variables: Record<string, string> = {}) => startKnowing(stack, { DATABASE_OWNER_URL: '', ...variables })

const post = (at: TestGateway, asked: Asked, credential = investor.credential) => askAt(at, asked, credential)

let count = 0

/** A process that has nothing in memory, and has shown that it uses what another one has put into Redis. */
async function startReading() {
  const started = await start()
  await eventually(async () => {
    const query = `{ exchangeRates(base: "CHF", quotes: ["EUR"]) { rate } } # ${++count}`
    await post(gateway, { query })
    return (await post(started, { query })).cache
  }).toBe('hit')
  return started
}

const locale = '{ viewer { id email settings { locale } } }'
const setLocale = (to: string) => `mutation { updateUserSettings(input: { locale: "${to}" }) { settings { locale } } }`

/** What lies in Redis under names of this kind once there is something. */
async function kept(kind: 'answer' | 'viewer') {
  await eventually(async () => (await own.keys(`gatehouse:${kind}:*`)).length).toBe(1)
  const [name] = await own.keys(`gatehouse:${kind}:*`)
  return { name: name!, value: (await own.getBuffer(name!))! }
}

describe('a process that stood still and writes late what it has read before a change', () => {
  it('has its answer refused by all, also where it lies over a newer one', async () => {
    await own.flushall()
    await post(gateway, { query: locale })
    const late = await kept('answer')
    await post(gateway, { query: setLocale('sv-SE') })
    await post(gateway, { query: locale })
    await eventually(async () => (await own.getBuffer(late.name))!.equals(late.value)).toBe(false)
    await own.set(late.name, late.value)
    const { cache, text } = await post(await startReading(), { query: locale })
    expect([cache, text.includes('sv-SE')]).toEqual(['miss', true])
  })

  it('has its viewer refused by all: a reviewer who was demoted stays demoted', async () => {
    const query = '{ users(first: 1) { totalCount } }'
    const demoted = await people(gateway).reviewer()
    await own.flushall()
    expect((await post(gateway, { query }, demoted.credential)).text).toContain('totalCount')
    const late = await kept('viewer')
    await setUserRoleByEmail({ services: gateway.services }, { email: demoted.email, role: 'investor' })
    await own.flushall()
    await own.set(late.name, late.value)
    expect((await post(await startReading(), { query }, demoted.credential)).text).toContain('FORBIDDEN')
  })
})

it('D22: an id with * ? [ ] \\ : or a line break in it is nowhere part of a name in Redis, and finds nothing of others', async () => {
  const monitor = await own.monitor()
  onTestFinished(() => monitor.disconnect())
  const commands: string[][] = []
  monitor.on('monitor', (_time: string, command: string[]) => commands.push(command))
  const mine = { query: locale }
  await eventually(async () => (await post(gateway, mine)).cache).toBe('hit')

  const canary = 'canary'
  for (const pattern of ['*', '?', '[a-z]', ']', '\\', ':', '\r\n', '\r\nFLUSHALL\r\n', '{x}', ' ', '"']) {
    for (const id of [`${canary}${pattern}`, `${pattern}${canary}`, `${investor.id}${pattern}${canary}`]) {
      const byId = 'query ($id: ID!) { user(id: $id) { email } kycApplication(id: $id) { id } }'
      const byUser = 'query ($id: ID!) { kycApplications(first: 1, filter: { userId: $id }) { nodes { id } } }'
      for (const query of [byId, byUser]) {
        const { cache, text } = await post(gateway, { query, variables: { id } })
        expect([cache === 'hit', text.includes(investor.email)]).toEqual([false, false])
      }
      await post(gateway, { query: `query A { viewer { id } } # ${canary}`, operationName: id })
      const inHeader = encodeURIComponent(id)
      const ways: Record<string, string>[] = [
        { authorization: `Bearer ${inHeader}` },
        { 'x-api-key': inHeader },
        { cookie: `gatehouse.session_token=${inHeader}; x-gatehouse-position=${inHeader}` },
        { 'x-gatehouse-position': inHeader },
      ]
      for (const headers of ways) {
        expect((await post(gateway, mine, headers)).text).toBe('{"data":{"viewer":null}}')
      }
      expect(await gateway.services.viewers.resolve(id)).toEqual({ kind: 'anonymous' })
      expect(await gateway.services.viewers.resolve(`gh_${id}`)).toEqual({ kind: 'anonymous' })
    }
    await people(gateway).post('/sign-in/email', { email: `${canary}${pattern}@example.com`, password: pattern })
  }
  const names = commands.flat().filter((argument) => argument.startsWith('gatehouse:'))
  expect(names.map((name) => name.split(':')[1])).toEqual(expect.arrayContaining(['answer', 'viewer']))
  for (const name of names) {
    expect(name).toMatch(/^gatehouse:(limit:\{[\w-]{43}\}|(answer|viewer):[\w-]{43}|events:[a-z]+)$/)
  }
  expect(commands.flat().filter((argument) => argument.includes(canary))).toEqual([])
  expect(commands.map(([command]) => command?.toLowerCase())).not.toContain('flushall')
  expect((await post(gateway, mine)).cache).toBe('hit')
})

it('D20: while Redis hangs nobody holds a lock for its sake', async () => {
  const redis = await startRedis()
  onTestFinished(() => redis.stop())
  // Whoever waited for it within a transaction would hold their locks as long.
  const dependent = await start({ REDIS_URL: redis.url, REDIS_COMMAND_TIMEOUT_MS: '1500' })
  const [person, admin] = [await people(dependent).investor(), await people(dependent).admin()]
  const applicationId = await draft(person)
  const superuser = await connectForTest(stack.database.superuserUrl)
  await superuser.query(`set statement_timeout = '10s'`)
  const oldestLockMs = async () => {
    const { rows } = await superuser.query<{ ms: number }>(
      `select coalesce(max(extract(epoch from clock_timestamp() - xact_start) * 1000), 0)::float8 as ms
       from pg_stat_activity a where datname = current_database() and application_name like 'gatehouse%'
         and exists (select from pg_locks l where l.pid = a.pid and l.locktype in ('transactionid', 'advisory'))`,
    )
    return rows[0]!.ms
  }
  sendSignal(redis.pid, 'SIGSTOP')
  onTestFinished(() => sendSignal(redis.pid, 'SIGCONT'))

  let round = 0
  async function writeEverything() {
    const name = `Round ${++round}`
    const details = `{ applicationId: "${applicationId}", details: { firstName: "${name}" } }`
    const written = await Promise.all([
      post(dependent, { query: setLocale(round % 2 ? 'sv-SE' : 'fi-FI') }, person.credential),
      post(
        dependent,
        { query: `mutation { updateProfile(input: { name: "${name}" }) { user { name } } }` },
        person.credential,
      ),
      post(
        dependent,
        { query: `mutation { updateKycApplication(input: ${details}) { application { firstName } } }` },
        person.credential,
      ),
      post(
        dependent,
        { query: `mutation { revokeUserSessions(input: { userId: "${investor.id}" }) { revoked } }` },
        admin.credential,
      ),
    ])
    for (const { text } of written) expect(text).not.toContain('errors')
    await raiseAlert({ services: dependent.services }, { severity: 'info', message: name })
    await setUserRoleByEmail({ services: dependent.services }, { email: investor.email, role: 'investor' })
  }
  // On a busy machine a lock may be old for want of a turn: not each time.
  await eventually(async () => {
    let [oldest, writing] = [0, true]
    const sampling = (async () => {
      while (writing) oldest = Math.max(oldest, await oldestLockMs())
    })()
    await writeEverything().finally(() => {
      writing = false
    })
    await sampling
    return oldest
  }).toBeLessThan(100)
})
