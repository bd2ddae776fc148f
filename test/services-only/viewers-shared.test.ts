import { randomBytes } from 'node:crypto'
import { Redis } from 'ioredis'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { redisNames } from '../../src/cache/names.ts'
import { createSeal } from '../../src/cache/seal.ts'
import { setUserRoleByEmail } from '../../src/resolvers/user.ts'
import type { Services } from '../../src/services.ts'
import { connectForTest, databaseForTest, eventually } from '../harness/log.ts'
import { redisOfStack } from '../harness/redis.ts'
import { startTestServices } from '../harness/services.ts'
import { sendSignal } from '../services/process.ts'

const redis = redisOfStack()
beforeAll(() => redis.start())
afterAll(() => redis.stop())

function redisForTest() {
  const client = new Redis(redis.url()!)
  onTestFinished(() => client.disconnect())
  return client
}

const namesOfViewers = (client: Redis) => client.keys('gatehouse:viewer:*')

async function createSession(client: pg.Client) {
  const token = randomBytes(16).toString('hex')
  await client.query(`insert into users (id, email) values ('user_1', 'user_1@example.com')`)
  await client.query(
    `insert into sessions (id, user_id, token, expires_at) values ('session_1', 'user_1', $1, now() + interval '1 day')`,
    [token],
  )
  return token
}

/** A session that one process has looked up, for others to find. */
async function keptViewer() {
  const database = await databaseForTest()
  const client = await connectForTest(database.url)
  const token = await createSession(client)
  const one = await startProcessOn(database)
  const own = redisForTest()
  await own.flushall()
  await eventually(async () => {
    expect(await one.viewers.resolve(token)).toMatchObject({ kind: 'user', role: 'investor' })
    return (await namesOfViewers(own)).length
  }).toBe(1)
  return { database, client, token, one, own, name: (await namesOfViewers(own))[0]! }
}

async function startProcessOn(database: Awaited<ReturnType<typeof databaseForTest>>) {
  const services = await startTestServices(database, { redisUrl: redis.url() })
  // From then on it uses what others keep.
  await eventually(() => services.answers.isReady()).toBe(true)
  return services
}

/** Who it is, and how often PostgreSQL was asked for it. */
async function resolve({ viewers, pool }: Services, token: string) {
  const asked = vi.spyOn(pool, 'query')
  const viewer = await viewers.resolve(token)
  const count = asked.mock.calls.length
  asked.mockRestore()
  return { viewer, count }
}

describe('a viewer that one process has looked up', () => {
  it('another takes from Redis, until something changes about them', async () => {
    const { database, token, one } = await keptViewer()
    const [other, third] = [await startProcessOn(database), await startProcessOn(database)]
    expect(await resolve(other, token)).toMatchObject({ viewer: { kind: 'user', id: 'user_1' }, count: 0 })
    await setUserRoleByEmail({ services: one }, { email: 'user_1@example.com', role: 'admin' })
    await eventually(() => other.viewers.resolve(token)).toMatchObject({ role: 'admin' })
    // Never asked before: what is in Redis is all that it could be misled by.
    await third.tails.of('accounts').look()
    expect((await resolve(third, token)).viewer).toMatchObject({ role: 'admin' })
  })

  it('D23: is signed out for a process that starts later, too', async () => {
    const { database, client, token } = await keptViewer()
    await client.query('delete from sessions where token = $1', [token])
    const later = await startProcessOn(database)
    expect((await resolve(later, token)).viewer).toEqual({ kind: 'anonymous' })
  })

  it('is not found by the token, and nothing of them can be read', async () => {
    const { token, own, name } = await keptViewer()
    const value = await own.getBuffer(name)
    for (const secret of [token, 'user_1', 'investor']) {
      expect(name).not.toContain(secret)
      expect(value!.includes(secret)).toBe(false)
    }
    expect(await own.pttl(name)).toBeGreaterThan(0)
    expect(await own.pttl(name)).toBeLessThanOrEqual(300_000)
  })
})

it('D14: garbage under the name of a viewer, or what somebody else has sealed, is as good as nothing', async () => {
  const { database, token, own, name, one } = await keptViewer()
  const { seal } = one.redis!
  const nameOfAnother = redisNames.viewer('log', 'another')
  const whole = seal.openBytes(name, (await own.getBuffer(name))!)!
  const admin = Buffer.from(whole.toString().replace('investor', 'admin'))
  const without = Buffer.from(whole.toString().replace(/"role":"\w+",/, ''))
  for (const value of [
    ...['', '[object Object]', '{"viewer":{"kind":"user","role":"admin"}}', '\0', 'x'.repeat(100_000)].map(Buffer.from),
    createSeal('another secret of another gateway').sealBytes(name, admin),
    seal.sealBytes(nameOfAnother, admin),
    seal.sealBytes(name, without),
    seal.sealBytes(name, Buffer.from('[object Object]')),
    seal.sealBytes(name, Buffer.alloc(0)),
  ]) {
    await own.set(name, value)
    const fresh = await startProcessOn(database)
    expect(await resolve(fresh, token)).toMatchObject({ viewer: { id: 'user_1', role: 'investor' }, count: 1 })
  }
  await own.del(name)
  await own.lpush(name, 'a list')
  const fresh = await startProcessOn(database)
  expect((await resolve(fresh, token)).viewer).toMatchObject({ id: 'user_1', role: 'investor' })
})

it('D25: a Redis that is flushed, or that hangs, signs nobody out', async () => {
  const { database, token, own } = await keptViewer()
  await own.flushall()
  const fresh = await startProcessOn(database)
  expect(await resolve(fresh, token)).toMatchObject({ viewer: { kind: 'user' }, count: 1 })
  const pid = Number(/process_id:(\d+)/.exec(await own.info('server'))![1])
  const later = await startProcessOn(database)
  sendSignal(pid, 'SIGSTOP')
  onTestFinished(() => sendSignal(pid, 'SIGCONT'))
  expect(await resolve(later, token)).toMatchObject({ viewer: { kind: 'user' }, count: 1 })
})
