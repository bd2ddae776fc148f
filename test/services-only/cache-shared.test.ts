import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { createSeal } from '../../src/cache/seal.ts'
import { askAt, startKnowing } from '../harness/cache.ts'
import { type Person, people, type Stack, startStack, type TestGateway } from '../harness/index.ts'
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

const ask = (at: TestGateway, query: string, credential = investor.credential) => askAt(at, query, credential)

const locale = '{ viewer { id email settings { locale } } }'
const setLocale = (to: string) => `mutation { updateUserSettings(input: { locale: "${to}" }) { settings { locale } } }`
const names = () => own.keys('gatehouse:answer:*')

let count = 0
const anew = (query: string) => `${query} # ${++count}`

/** An answer in Redis, to a text that nobody has sent before, and the name of it. */
async function kept(base: string) {
  // On a busy machine Redis may answer too late, and is left alone for a while: then another.
  for (;;) {
    await own.flushall()
    const query = anew(base)
    const { text } = await ask(gateway, query)
    const found = await vi
      .waitFor(async () => (await names())[0] ?? Promise.reject(new Error('none')), 1_500)
      .catch(() => null)
    if (found) return { query, text, name: found }
  }
}

describe('an answer that one process has made', () => {
  it('another gives, one that has just started too, until it is touched', async () => {
    const { query, text } = await kept(locale)
    await eventually(async () => ask(await start(), query)).toMatchObject({ cache: 'hit', text })
    await ask(gateway, setLocale('nl-NL'))
    const later = await start()
    const after = await ask(later, query)
    expect([after.cache, after.text.includes('nl-NL')]).toEqual(['miss', true])
  })

  it('is not given when it was touched while no process was there', async () => {
    const { query } = await kept('{ viewer { id role } }')
    const client = await connectForTest(stack.database.url)
    await client.query(`update users set role = 'compliance' where id = $1`, [investor.id])
    const later = await start()
    const { cache, text } = await ask(later, query)
    expect([cache, text.includes('COMPLIANCE')]).toEqual(['miss', true])
  })

  it('is not given when it lies before all that a process has read of the log', async () => {
    const { query } = await kept('{ exchangeRates(base: "CHF", quotes: ["EUR"]) { rate } }')
    const client = await connectForTest(stack.database.url)
    // Far more than is looked through, and nothing of it about rates.
    const items = JSON.stringify(
      Array.from({ length: 500 }, () => ({ type: 'x', subjectId: 's', actorId: null, tags: [], payload: {} })),
    )
    for (let n = 0; n < 11; n++) await client.query(`select count(*) from append_events('alerts', $1)`, [items])
    expect((await ask(await start(), query)).cache).toBe('miss')
  })

  it('is nobody else’s: another AUTH_SECRET opens nothing, and no key or value tells anything', async () => {
    const { name } = await kept(locale)
    const value = (await own.getBuffer(name))!
    for (const canary of [investor.id, investor.email, 'viewer']) {
      expect([name.includes(canary), value.includes(canary)]).toEqual([false, false])
    }
    const stranger = await start({ AUTH_SECRET: 'another secret, long enough to be one: 0123456789' })
    const { cache } = await ask(stranger, anew('{ exchangeRates(base: "CHF") { rate } }'))
    expect(cache).toBe('miss')
    expect(await own.getBuffer(name)).toEqual(value)
    expect(createSeal('another secret').openBytes(name, value)).toBeNull()
  })

  it('D18: ends by itself', async () => {
    await kept(locale)
    await kept('{ exchangeRates(base: "CHF") { rate } }')
    const all = await own.keys('gatehouse:*')
    for (const name of all) {
      expect(await own.pttl(name), name).toBeGreaterThan(0)
      expect(await own.pttl(name), name).toBeLessThanOrEqual(300_000)
    }
  })
})

it('D14: whatever lies under the name of an answer that is none is as good as nothing', async () => {
  const another = await kept(locale)
  const sealed = (await own.getBuffer(another.name))!
  const { query, name, text } = await kept(locale)
  const { seal } = gateway.services.redis!
  const whole = seal.openBytes(another.name, sealed)!
  const truncated = seal.sealBytes(name, whole.subarray(0, 40))
  const unlike = seal.sealBytes(name, Buffer.from(whole.toString('latin1').replace('"kyc":', '"kid":'), 'latin1'))
  for (const value of [Buffer.from('[object Object]'), sealed, truncated, unlike]) {
    await own.set(name, value)
    const fresh = await start()
    expect(await ask(fresh, query)).toMatchObject({ cache: 'miss', status: 200, text })
    await fresh.close()
  }
})

it('D25: Redis may be flushed at any moment: answers are right, and nobody is signed out', async () => {
  const flushing = (async () => {
    for (let n = 0; n < 200; n++) await own.flushall()
  })()
  for (let n = 0; n < 20; n++) {
    const to = n % 2 ? 'nl-NL' : 'de-DE'
    await ask(gateway, setLocale(to))
    expect((await ask(gateway, locale)).text).toContain(to)
  }
  await flushing
})

it('D21: no command that walks through all names, and none that deletes, is ever sent', async () => {
  await own.acl('SETUSER', 'default', '-keys', '-scan', '-del', '-unlink', '-flushall', '-flushdb')
  onTestFinished(async () => void (await own.acl('SETUSER', 'default', '+@all')))
  const query = anew(locale)
  for (const cache of ['miss', 'hit']) expect((await ask(gateway, query)).cache).toBe(cache)
  await ask(gateway, setLocale('sv-SE'))
  const { cache, text } = await ask(gateway, query)
  expect([cache, text.includes('sv-SE')]).toEqual(['miss', true])
  expect(await own.info('errorstats')).not.toContain('errorstat_NOPERM')
})

describe('without Redis, for a while', () => {
  it('what hangs costs little, and answers are right', async () => {
    const redis = await startRedis()
    onTestFinished(() => redis.stop())
    const dependent = await start({ REDIS_URL: redis.url })
    await eventually(async () => (await ask(dependent, locale)).cache).toBe('hit')
    sendSignal(redis.pid, 'SIGSTOP')
    onTestFinished(() => sendSignal(redis.pid, 'SIGCONT'))
    for (let n = 0; n < 5; n++) {
      const to = n % 2 ? 'nl-NL' : 'de-DE'
      await ask(dependent, setLocale(to))
      const query = anew(locale)
      expect([(await ask(dependent, query)).text.includes(to), (await ask(dependent, query)).cache]).toEqual([
        true,
        'hit',
      ])
    }
  })

  it('one that was stopped and comes back is used again, and says nothing old', async () => {
    const redis = await startRedis()
    const dependent = await start({ REDIS_URL: redis.url })
    const query = anew(locale)
    await eventually(async () => (await ask(dependent, query)).cache).toBe('hit')
    await redis.stop()
    await ask(dependent, setLocale('it-IT'))
    expect((await ask(dependent, query)).text).toContain('it-IT')
    const again = await startRedis({ port: redis.port })
    onTestFinished(() => again.stop())
    const client = new Redis(again.url)
    onTestFinished(() => client.disconnect())
    await eventually(async () => {
      await ask(dependent, anew(locale))
      return (await client.keys('gatehouse:answer:*')).length
    }).toBeGreaterThan(0)
  })
})
