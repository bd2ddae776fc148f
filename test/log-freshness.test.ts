import { randomBytes } from 'node:crypto'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { createViewers } from '../src/auth/viewers.ts'
import { announceAccounts } from '../src/log/announce.ts'
import { setUserRoleByEmail } from '../src/resolvers/user.ts'
import type { TestDatabase } from './harness/database.ts'
import { appendBySql, connectForTest, databaseForTest, eventually } from './harness/log.ts'
import { startProxy } from './harness/proxy.ts'
import { redisOfStack, withAndWithoutRedis } from './harness/redis.ts'
import { startTestServices } from './harness/services.ts'

const redis = redisOfStack()
beforeAll(() => redis.start())
afterAll(() => redis.stop())

async function createSession(client: pg.Client, userId = 'user_1') {
  const token = randomBytes(16).toString('hex')
  await client.query(`insert into users (id, email) values ($1, $1 || '@example.com') on conflict do nothing`, [userId])
  await client.query(
    `insert into sessions (id, user_id, token, expires_at) values ('session_' || $2, $1, $2, now() + interval '1 day')`,
    [userId, token],
  )
  return token
}

/** As a superuser can, so that no event tells of it: only who asks PostgreSQL knows. */
async function endSilently(database: TestDatabase, token: string) {
  const superuser = await connectForTest(database.superuserUrl)
  await superuser.query('set session_replication_role = replica')
  await superuser.query('delete from sessions where token = $1', [token])
}

describe.each(withAndWithoutRedis)('a session that ends in one process, $name', ({ withRedis }) => {
  it('is refused by another within 1.5 seconds', async () => {
    const database = await databaseForTest()
    const redisUrl = withRedis ? redis.url() : undefined
    const [one, other] = [
      await startTestServices(database, { redisUrl }),
      await startTestServices(database, { redisUrl }),
    ]
    const { token } = await one.auth.api.signUpEmail({
      body: { email: 'a@example.com', password: 'correct horse battery', name: 'A' },
    })
    const headers = { authorization: `Bearer ${token}` }
    for (const { tails, viewers } of [one, other]) {
      await tails.of('accounts').look()
      expect(await viewers.resolve(token)).toMatchObject({ kind: 'user' })
    }
    const asked = vi.spyOn(other.pool, 'query')
    expect(await other.viewers.resolve(token)).toMatchObject({ kind: 'user' })
    expect(asked).not.toHaveBeenCalled()
    await one.auth.api.signOut({ headers })
    await announceAccounts({ services: one })
    expect(await one.viewers.resolve(token)).toEqual({ kind: 'anonymous' })
    const kindOf = () => other.viewers.resolve(token).then(({ kind }) => kind)
    await expect.poll(kindOf, { timeout: 1_500, interval: 10 }).toBe('anonymous')
  })
})

it('a process that could not compare for two seconds asks PostgreSQL, and remembers again when it has', async () => {
  const database = await databaseForTest()
  const services = await startTestServices(database)
  const client = await connectForTest(database.url)
  const token = await createSession(client)
  await services.tails.of('accounts').look()
  const kindOf = async () => (await services.viewers.resolve(token)).kind
  expect(await kindOf()).toBe('user')
  await endSilently(database, token)
  // From memory: no event has told of it.
  expect(await kindOf()).toBe('user')

  const lock = await connectForTest(database.superuserUrl)
  await lock.query('begin; lock table events in access exclusive mode')
  await eventually(() => services.tails.isFresh()).toBe(false)
  expect(await kindOf()).toBe('anonymous')
  await lock.query('rollback')
  await eventually(() => services.tails.isFresh()).toBe(true)

  const another = await createSession(client)
  await services.tails.of('accounts').look()
  expect(await services.viewers.resolve(another)).toMatchObject({ kind: 'user' })
  await endSilently(database, another)
  expect(await services.viewers.resolve(another)).toMatchObject({ kind: 'user' })
})

it('a process that is cut off from PostgreSQL answers nobody from memory', async () => {
  const database = await databaseForTest()
  const proxy = await startProxy(database.url)
  const bounds = { DATABASE_STATEMENT_TIMEOUT_MS: '500', DATABASE_WAIT_MS: '500' }
  const services = await startTestServices(database, { url: proxy.url, variables: bounds })
  const token = await createSession(await connectForTest(database.url))
  await services.tails.of('accounts').look()
  expect(await services.viewers.resolve(token)).toMatchObject({ kind: 'user' })
  proxy.cut()
  await eventually(() => services.tails.isFresh()).toBe(false)
  await expect(services.viewers.resolve(token)).rejects.toThrow()
  proxy.mend()
  await eventually(() => services.viewers.resolve(token).then(({ kind }) => kind, String)).toBe('user')
  await eventually(() => services.tails.isFresh()).toBe(true)
})

it('a process whose tail loses its connection again and again is as fresh as its last comparison', async () => {
  const database = await databaseForTest()
  const services = await startTestServices(database)
  const token = await createSession(await connectForTest(database.url))
  await services.tails.of('accounts').look()
  expect(await services.viewers.resolve(token)).toMatchObject({ kind: 'user' })
  const superuser = await connectForTest(database.superuserUrl)
  let stopped = false
  const killed = (async () => {
    while (!stopped) {
      await superuser.query(`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name = 'gatehouse tail'`)
    }
  })()
  await connectForTest(database.url).then((client) => client.query('delete from sessions'))
  await eventually(() => services.viewers.resolve(token).then(({ kind }) => kind)).toBe('anonymous')
  stopped = true
  await killed
})

it('a viewer that was looked up while something changed about them is not remembered', async () => {
  const database = await databaseForTest()
  const services = await startTestServices(database)
  const client = await connectForTest(database.url)
  const token = await createSession(client)
  await services.tails.of('accounts').look()
  const query = services.pool.query.bind(services.pool)
  // Between PostgreSQL's answer and its use the session ends, and the tail hears of it.
  vi.spyOn(services.pool, 'query').mockImplementationOnce(async (...args: unknown[]) => {
    const answer = await (query as (...args: unknown[]) => Promise<unknown>)(...args)
    await client.query('delete from sessions where token = $1', [token])
    await services.tails.of('accounts').look()
    return answer
  })
  expect(await services.viewers.resolve(token)).toMatchObject({ kind: 'user' })
  expect(await services.viewers.resolve(token)).toEqual({ kind: 'anonymous' })
})

it('an event about one user leaves the others in memory', async () => {
  const database = await databaseForTest()
  const services = await startTestServices(database)
  const client = await connectForTest(database.url)
  const [one, other] = [await createSession(client, 'user_1'), await createSession(client, 'user_2')]
  const second = await createSession(client, 'user_1')
  await services.tails.of('accounts').look()
  for (const token of [one, second, other]) await services.viewers.resolve(token)
  const changed: string[] = []
  services.viewers.onChange((userId) => changed.push(userId))
  await appendBySql(client, 'accounts', [{ type: 'user.role_changed', subjectId: 'user_1' }])
  await services.tails.of('accounts').look()
  expect(changed).toEqual(['user_1'])
  const asked = vi.spyOn(services.pool, 'query')
  for (const token of [other, one, second])
    expect(await services.viewers.resolve(token)).toMatchObject({ kind: 'user' })
  expect(asked).toHaveBeenCalledTimes(2)
})

it('who was looked up in one log is not remembered in another that ends with the same event', async () => {
  const database = await databaseForTest()
  const { pool, tails, viewers } = await startTestServices(database)
  const token = await createSession(await connectForTest(database.url))
  const tail = tails.of('accounts')
  await tail.look()
  const ask = pool.query.bind(pool) as (query: pg.QueryConfig) => Promise<pg.QueryResult>
  const asked = vi.spyOn(pool, 'query').mockImplementationOnce((async (query: pg.QueryConfig) => {
    const answer = await ask(query)
    // As after a failover: what this answer shows beyond that event may be lost.
    tail.reset({ ...tail.head })
    return answer
  }) as never)
  expect(await viewers.resolve(token)).toMatchObject({ kind: 'user' })
  expect([asked.mock.calls.length, viewers.kept().viewers]).toEqual([1, 0])
})

it('whoever is crowded out of memory leaves nothing there', async () => {
  const database = await databaseForTest()
  const { pool, tails, sharedViewers } = await startTestServices(database)
  const client = await connectForTest(database.url)
  const options = { stepUpSeconds: 1, defaultPlan: 'standard', maxViewers: 10 }
  const viewers = createViewers({ pool, tails, sharedViewers, ...options })
  const tokens: string[] = []
  for (let n = 0; n < 30; n++) tokens.push(await createSession(client, `user_${Math.floor(n / 2)}`))
  await tails.of('accounts').look()
  for (const token of tokens) expect(await viewers.resolve(token)).toMatchObject({ kind: 'user' })
  expect(viewers.kept()).toEqual({ viewers: 10, owners: 5 })
  await appendBySql(client, 'accounts', [{ subjectId: 'user_14' }, { subjectId: 'user_0' }])
  await tails.of('accounts').look()
  expect(viewers.kept()).toEqual({ viewers: 8, owners: 4 })
})

it('whoever is known is kept without the header that named them', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const heldBytes = () => {
    collect()
    return process.memoryUsage().heapUsed
  }
  const database = await databaseForTest()
  const { viewers, tails } = await startTestServices(database)
  const client = await connectForTest(database.url)
  const tokens: string[] = []
  for (let n = 0; n < 100; n++) tokens.push(await createSession(client, `user_${n}`))
  await tails.of('accounts').look()
  const before = heldBytes()
  for (const token of tokens) {
    const header = Buffer.from(`${'a'.repeat(300_000)}=${token}`).toString()
    expect(await viewers.resolve(header.slice(header.indexOf('=') + 1))).toMatchObject({ kind: 'user' })
  }
  // Of one-byte characters: thirty million, if it were.
  expect(heldBytes() - before).toBeLessThan(10_000_000)
  expect(viewers.kept()).toEqual({ viewers: 100, owners: 100 })
})

const overRedis = () => {
  it('is refused by another as soon as the doorbell rings, however many end at once', async () => {
    const database = await databaseForTest()
    const options = { redisUrl: redis.url() }
    const [one, other] = [await startTestServices(database, options), await startTestServices(database, options)]
    const client = await connectForTest(database.url)
    const asked = vi.spyOn(other.tailPool, 'query')
    // A comparison may come between: not each time.
    await eventually(async () => {
      const token = await createSession(client, 'user_2')
      for (let n = 0; n < 1_200; n++) await createSession(client)
      for (const { tails, viewers } of [one, other]) {
        await tails.of('accounts').look()
        expect(await viewers.resolve(token)).toMatchObject({ kind: 'user' })
      }
      asked.mockClear()
      await client.query('delete from sessions where token <> $1', [token])
      await client.query('delete from sessions')
      await announceAccounts({ services: one })
      await eventually(() => other.viewers.resolve(token).then(({ kind }) => kind)).toBe('anonymous')
      return asked.mock.calls.length
    }).toBe(0)
  })
}
if (withAndWithoutRedis.some(({ withRedis }) => withRedis)) describe('a session that ends in one process', overRedis)

it('a change that is committed is not refused because nobody could be told of it', async () => {
  const database = await databaseForTest()
  const services = await startTestServices(database)
  await connectForTest(database.url).then((client) => createSession(client))
  vi.spyOn(services.tailPool, 'query').mockRejectedValue(new Error('Connection terminated unexpectedly') as never)
  await setUserRoleByEmail({ services }, { email: 'user_1@example.com', role: 'admin' })
  const { rows } = await services.pool.query('select role from users')
  expect(rows).toEqual([{ role: 'admin' }])
})

it('a machine that was suspended compares before it answers from memory again', async () => {
  const services = await startTestServices(await databaseForTest())
  await eventually(() => services.tails.isFresh()).toBe(true)
  const now = Date.now()
  // The monotonic clock stood still meanwhile.
  const clock = vi.spyOn(Date, 'now').mockReturnValue(now + 3_600_000)
  onTestFinished(() => clock.mockRestore())
  expect(services.tails.isFresh()).toBe(false)
  // One may have begun before.
  for (const _ of [1, 2]) await services.tails.compare()
  expect(services.tails.isFresh()).toBe(true)
})
