import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createSeal } from '../src/cache/seal.ts'
import { genesisHash, type LoggedEvent } from '../src/log/event.ts'
import type { Services } from '../src/services.ts'
import {
  appendBySql,
  connectForTest,
  databaseForTest,
  eventually,
  logOf,
  placesOf,
  recordEvent,
  startFollower,
} from './harness/log.ts'
import { redisOfStack, withAndWithoutRedis } from './harness/redis.ts'
import { startTestServices } from './harness/services.ts'
import { startRedis } from './services/redis.ts'

const redis = redisOfStack()
beforeAll(() => redis.start())
afterAll(() => redis.stop())

const channel = 'gatehouse:events:kyc'
const many = (count: number) => Array.from({ length: count }, (_, n) => ({ payload: { n } }))
const restarts = (services: Services) => {
  const counted = vi.fn()
  services.tails.onReset(counted)
  return counted
}

/** Waits until this process hears what others publish. */
async function listening(url: string) {
  const client = new Redis(url)
  await eventually(async () => (await client.pubsub('NUMSUB', channel))[1]).toBeGreaterThan(0)
  client.disconnect()
}

describe.each(withAndWithoutRedis)('the doorbell, $name', ({ withRedis }) => {
  async function start() {
    const database = await databaseForTest()
    const redisUrl = withRedis ? redis.url() : undefined
    const services = await startTestServices(database, { redisUrl })
    if (redisUrl) await listening(redisUrl)
    return { services, client: await connectForTest(database.url) }
  }

  it('may lose everything: each event comes once, in order', async () => {
    const { services, client } = await start()
    const follower = await startFollower(services, 'kyc')
    for (const _ of many(5)) await appendBySql(client, 'kyc', many(10))
    await eventually(() => follower.seen.length).toBe(50)
    expect(placesOf(follower.seen)).toEqual(placesOf(await logOf(services, 'kyc')))
  })

  it('may ring twice, in any order, and for what is long known: each event comes once, in order', async () => {
    const { services, client } = await start()
    const follower = await startFollower(services, 'kyc')
    const restarted = restarts(services)
    const rung: LoggedEvent[] = []
    for (const round of [1, 2, 3]) {
      const events = await appendBySql(client, 'kyc', many(20))
      rung.push(...events)
      const shuffled = [...rung, ...events].sort((a, b) => ((a.position * 7919) % 61) - ((b.position * 7919) % 61))
      for (const event of shuffled) services.doorbell.ring([event])
      services.doorbell.ring(events.toReversed())
      await eventually(() => follower.seen.length).toBe(round * 20)
    }
    expect(placesOf(follower.seen)).toEqual(placesOf(await logOf(services, 'kyc')))
    expect(restarted).not.toHaveBeenCalled()
  })

  it('may bring what the log does not hold: it is forgotten, and the real events come', async () => {
    const { services, client } = await start()
    const follower = await startFollower(services, 'kyc')
    const [first] = await appendBySql(client, 'kyc', [{}])
    await eventually(() => follower.seen.length).toBe(1)
    const hash = 'ab'.repeat(32)
    const invented = many(2_000).map((_, n) => ({ ...first!, position: n + 3, hash, previousHash: hash }))
    services.doorbell.ring(invented)
    // At the right place, but on another chain.
    services.doorbell.ring([{ ...first!, position: 2, hash, previousHash: hash }])
    for (const n of Array.from({ length: 20 }, (_, index) => index)) await recordEvent(services, 'kyc', { n })
    await eventually(() => follower.seen.length).toBe(21)
    expect(placesOf(follower.seen)).toEqual(placesOf(await logOf(services, 'kyc')))
    await eventually(() => services.tails.isFresh()).toBe(true)
    // Nor is PostgreSQL asked for it again with each event that comes.
    const asked = vi.spyOn(services.tailPool, 'query')
    await eventually(async () => {
      asked.mockClear()
      await recordEvent(services, 'kyc', {})
      await sleep(20)
      return asked.mock.calls.length
    }).toBe(0)
  })
})

const overRedis = () => {
  it('D29: brings the events themselves: another process has them before it looks', async () => {
    const database = await databaseForTest()
    const url = redis.url()!
    const [writer, services] = [
      await startTestServices(database, { redisUrl: url }),
      await startTestServices(database, { redisUrl: url }),
    ]
    await listening(url)
    const follower = await startFollower(services, 'kyc')
    const asked = vi.spyOn(services.tailPool, 'query')
    // A comparison may come between: not each time.
    await eventually(async () => {
      asked.mockClear()
      const before = follower.seen.length
      await recordEvent(writer, 'kyc', {})
      await eventually(() => follower.seen.length).toBe(before + 1)
      return asked.mock.calls.length
    }).toBe(0)
  })

  it('D30: is not listened to when it says what is no event', async () => {
    const database = await databaseForTest()
    const services = await startTestServices(database, { redisUrl: redis.url() })
    await listening(redis.url()!)
    const client = await connectForTest(database.url)
    // As a gateway would that knows the secret and means something else by it.
    const publish = (text: string) =>
      services.redis!.publisher.publish(channel, createSeal(services.authSecret).seal(channel, text))
    const follower = await startFollower(services, 'kyc')
    const [event] = await appendBySql(client, 'kyc', [{}])
    await eventually(() => follower.seen.length).toBe(1)
    const next = { ...event!, position: 2, previousHash: event!.hash }
    const wrong: unknown[] = [
      ...[null, {}, [null], [[]], ['kyc'], 'kyc', 7, [{}]],
      ...[{ position: '2' }, { position: 1.5 }, { position: -1 }, { hash: 7 }, { hash: 'x' }, { payload: null }].map(
        (fault) => [{ ...next, ...fault }],
      ),
      // Another stream than the channel's.
      [{ ...next, stream: 'rates', position: 1, previousHash: genesisHash }],
      [{ ...next, stream: 'unknown' }],
    ]
    for (const message of wrong) await publish(JSON.stringify(message))
    await publish('no JSON')
    const [second] = await appendBySql(client, 'kyc', [{}])
    await publish(JSON.stringify([second]))
    await eventually(() => follower.seen.length).toBe(2)
    expect(placesOf(follower.seen)).toEqual(placesOf(await logOf(services, 'kyc')))
    expect(services.tails.of('rates').head.position).toBe(0)
  })

  it('D30: drops what others publish: forged under another secret, moved from another channel, or plain', async () => {
    const database = await databaseForTest()
    const url = redis.url()!
    const services = await startTestServices(database, { redisUrl: url })
    await listening(url)
    const follower = await startFollower(services, 'kyc')
    await recordEvent(services, 'kyc', {})
    await eventually(() => follower.seen.length).toBe(1)
    const [event] = follower.seen
    const forged = JSON.stringify([
      { ...event!, position: 2, previousHash: event!.hash, hash: 'ab'.repeat(32), payload: { forged: true } },
    ])
    const stranger = new Redis(url)
    const own = createSeal(services.authSecret)
    const messages = [
      createSeal('another secret').seal(channel, forged),
      own.seal('gatehouse:events:rates', forged),
      own.seal(channel, forged).slice(0, -4),
      ...[forged, '', 'x', '{"', '\u0000'.repeat(100), 'A'.repeat(100_000)],
    ]
    for (const message of messages) expect(await stranger.publish(channel, message)).toBeGreaterThan(0)
    await stranger.publish(channel, Buffer.from([0xff, 0xfe, 0x00]))
    await recordEvent(services, 'kyc', { real: true })
    await eventually(() => follower.seen.length).toBe(2)
    stranger.disconnect()
    expect(follower.seen.map(({ payload }) => payload)).toEqual([{}, { real: true }])
    expect(services.tails.isFresh()).toBe(true)
  })

  it('may be away when a process starts, while it works, and when it ends', async () => {
    const database = await databaseForTest()
    const own = await startRedis()
    await own.stop()
    const services = await startTestServices(database, { redisUrl: own.url })
    const another = await startTestServices(database, { redisUrl: own.url })
    const follower = await startFollower(another, 'kyc')
    await recordEvent(services, 'kyc', { redis: 'away' })
    await eventually(() => follower.seen.length).toBe(1)
    const back = await startRedis({ port: own.port })
    await listening(own.url)
    const asked = vi.spyOn(another.tailPool, 'query')
    await eventually(async () => {
      asked.mockClear()
      const before = follower.seen.length
      await recordEvent(services, 'kyc', { redis: 'back' })
      await eventually(() => follower.seen.length).toBe(before + 1)
      return asked.mock.calls.length
    }).toBe(0)
    await back.kill()
    await recordEvent(services, 'kyc', { redis: 'killed' })
    await eventually(() => follower.seen.at(-1)?.payload).toEqual({ redis: 'killed' })
    expect(placesOf(follower.seen)).toEqual(placesOf(await logOf(services, 'kyc')))
    // While the first SUBSCRIBE still waits for Redis.
    const late = await startTestServices(database, { redisUrl: own.url })
    await late[Symbol.asyncDispose]()
  })

  it('may be closed to a gateway: it looks for itself', async () => {
    const database = await databaseForTest()
    const own = await startRedis()
    const admin = new Redis(own.url)
    await admin.acl('SETUSER', 'deaf', 'on', '>secret', '+@all', 'resetchannels')
    const url = own.url.replace('//', '//deaf:secret@')
    const [writer, services] = [
      await startTestServices(database, { redisUrl: url }),
      await startTestServices(database, { redisUrl: url }),
    ]
    const follower = await startFollower(services, 'kyc')
    await recordEvent(writer, 'kyc', {})
    await eventually(() => follower.seen.length).toBe(1)
    admin.disconnect()
    await own.stop()
  })
}
if (withAndWithoutRedis.some(({ withRedis }) => withRedis)) describe('the doorbell over Redis', overRedis)
