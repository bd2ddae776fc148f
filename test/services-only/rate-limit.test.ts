import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { expect, it, onTestFinished } from 'vitest'
import { createLogger } from '../../src/logger.ts'
import { createLimiter } from '../../src/rate-limit/index.ts'
import { databaseForTest, eventually } from '../harness/log.ts'
import { startTestServices } from '../harness/services.ts'
import { wayForTest } from '../harness/way.ts'
import { startRedis } from '../services/redis.ts'

/** A minute of sixty slots that is over in three seconds. */
const slotMs = 50
const minuteMs = 60 * slotMs

async function begin(processes: number) {
  const redis = await startRedis()
  onTestFinished(() => redis.stop())
  const connect = () => {
    const connection = new Redis(redis.url, {
      commandTimeout: 500,
      maxRetriesPerRequest: 1,
      enableOfflineQueue: false,
      retryStrategy: () => 20,
    })
    connection.on('error', () => {})
    onTestFinished(() => connection.disconnect())
    return connection
  }
  const limiters = Array.from({ length: processes }, () => {
    const publisher = connect()
    const limiter = createLimiter({ redis: { publisher }, logger: createLogger('silent'), slotMs })
    onTestFinished(() => limiter.close())
    return { limiter, publisher }
  })
  for (const { publisher } of limiters) await eventually(() => publisher.status).toBe('ready')
  return { redis, connect, limiters: limiters.map(({ limiter }) => limiter) }
}

const fullestMinute = (moments: number[]) =>
  Math.max(0, ...moments.map((from, index) => moments.slice(index).filter((at) => at < from + minuteMs).length))

/** Asks for a while, now in bursts and now not, and tells when it was allowed. */
async function press(limiter: ReturnType<typeof createLimiter>, limit: number, untilMs: number) {
  const allowed: number[] = []
  const ask = async () => {
    if ((await limiter.consume(`somebody with ${limit}`, limit)).allowed) allowed.push(performance.now())
  }
  while (performance.now() < untilMs) {
    await Promise.all(Array.from({ length: Math.ceil(Math.random() * 12) }, ask))
    await sleep(Math.random() < 0.3 ? Math.random() * 150 : Math.random() * 10)
  }
  return allowed
}

const inOrder = (moments: number[][]) => moments.flat().sort((a, b) => a - b)

it('what Redis has granted too late to be spent does not count against whoever waited for it', async () => {
  const { connect } = await begin(0)
  const publisher = connect()
  await eventually(() => publisher.status).toBe('ready')
  let looks = 0
  // The answer to the first look takes longer than its slot.
  const now = () => performance.now() + (++looks > 2 ? slotMs : 0)
  const limiter = createLimiter({ redis: { publisher }, logger: createLogger('silent'), slotMs, now })
  onTestFinished(() => limiter.close())
  const first = await limiter.consume('somebody', 1)
  expect([first.allowed, (await limiter.consume('somebody', 1)).allowed]).toEqual([true, false])
})

it('D26: processes together let no more through than the limit, in any minute that one looks at', async () => {
  const { limiters } = await begin(4)
  const until = performance.now() + 3 * minuteMs
  // Side by side: each limit is somebody else's.
  const pressed = [3, 40, 400].map(async (limit) => {
    const moments = await Promise.all(limiters.map((limiter) => press(limiter, limit, until)))
    return { limit, allowed: inOrder(moments) }
  })
  for (const { limit, allowed } of await Promise.all(pressed)) {
    expect(fullestMinute(allowed)).toBeLessThanOrEqual(limit)
    // What a process has taken and does not spend goes back: hardly anything of the limit is lost.
    expect(allowed.length).toBeGreaterThan(limit * 2)
  }
})

it('a process that takes a slice for a single request gives back the rest', async () => {
  const { limiters } = await begin(3)
  let allowed = 0
  const until = performance.now() + minuteMs
  while (performance.now() < until) {
    for (const limiter of limiters) if ((await limiter.consume('somebody', 200)).allowed) allowed += 1
    await sleep(slotMs)
  }
  // Slices that stayed away would use the limit up with the twentieth of about 180.
  expect(allowed).toBeGreaterThan(60)
})

it('D27: nothing is in Redis without an end, nor a name', async () => {
  const { limiters, connect } = await begin(2)
  for (const limiter of limiters) for (let n = 0; n < 30; n++) await limiter.consume('ada@example.com', 20)
  const connection = connect()
  await eventually(() => connection.status).toBe('ready')
  const keys = await connection.keys('*')
  expect(keys).toEqual([expect.stringMatching(/^gatehouse:limit:\{[\w-]{43}\}$/)])
  const ttl = await connection.pttl(keys[0]!)
  expect(ttl).toBeGreaterThan(0)
  expect(ttl).toBeLessThanOrEqual(minuteMs + 2 * slotMs)
  await eventually(() => connection.keys('*')).toEqual([])
})

it('while Redis is gone each process keeps to the limit, what Redis had allowed it included', async () => {
  const { redis, limiters } = await begin(2)
  const limit = 30
  const until = performance.now() + 3 * minuteMs
  const pressed = limiters.map((limiter) => press(limiter, limit, until))
  await sleep(minuteMs)
  await redis.kill()
  for (const allowed of await Promise.all(pressed)) {
    expect(fullestMinute(allowed)).toBeLessThanOrEqual(limit)
    expect(allowed.filter((at) => at > until - minuteMs).length).toBeGreaterThan(0)
  }
}, 60_000)

/** A way to Redis that, once told to, keeps the answer to a script to itself and is cut. */
async function forgetfulWay(target: string) {
  let isForgetting = false
  let forgotten = 0
  const asked = new WeakSet<Socket>()
  const { url } = await wayForTest(target, (from, to, isAnswer) =>
    from.on('data', (chunk) => {
      // Other commands, and what is published, come by other connections or at other times.
      if (isForgetting && chunk.includes('eval')) asked.add(to)
      if (!isAnswer || !asked.has(from)) return to.write(chunk)
      isForgetting = false
      forgotten += 1
      return to.destroy()
    }),
  )
  return {
    url,
    forgetNext() {
      isForgetting = true
    },
    forgotten: () => forgotten,
  }
}

it('D32: what a process gives back is not given back twice, though the connection break before the answer', async () => {
  const redis = await startRedis()
  onTestFinished(() => redis.stop())
  const database = await databaseForTest()
  const way = await forgetfulWay(redis.url)
  const [one, other] = [
    await startTestServices(database, { redisUrl: way.url }),
    await startTestServices(database, { redisUrl: redis.url }),
  ]
  for (const { redis: connected } of [one, other]) await eventually(() => connected!.publisher.status).toBe('ready')
  // Of a slice of ten: the one process spends one, the other all.
  await one.limiter.consume('somebody', 200)
  for (let n = 0; n < 10; n++) await other.limiter.consume('somebody', 200)
  way.forgetNext()
  await eventually(way.forgotten).toBe(1)
  // Whatever it sends again is there before what it sends now; a first try may still go to the end that is lost.
  await eventually(() => one.redis!.publisher.ping().catch(() => null)).toBe('PONG')
  const [key] = await other.redis!.publisher.keys('gatehouse:limit:*')
  const counts = await other.redis!.publisher.hvals(key!)
  expect(counts.reduce((sum, count) => sum + Number(count), 0)).toBe(11)
})
