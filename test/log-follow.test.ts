import { getEventListeners } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { ResyncRequiredError } from '../src/errors.ts'
import { genesisHash, type LoggedEvent } from '../src/log/event.ts'
import { follow } from '../src/log/follow.ts'
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
import { startProxy } from './harness/proxy.ts'
import { startTestServices } from './harness/services.ts'

const genesis = { position: 0, hash: genesisHash }
const positionsOf = (events: LoggedEvent[]) => events.map(({ position }) => position)
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)
const many = (count: number) => Array.from({ length: count }, (_, n) => ({ payload: { n } }))

/** A subscriber in the hands of the test: nothing is asked for that the test does not ask for. */
const iterate = ({ pool, tails }: Services, after: LoggedEvent | typeof genesis | null = null) =>
  follow({ pool, tails, stream: 'kyc', after, select: async (event) => event })

describe('without a cursor', () => {
  it('begins when it is accepted: with nothing from before, whoever wrote it, and with all from then on', async () => {
    const database = await databaseForTest()
    const services = await startTestServices(database)
    const client = await connectForTest(database.url)
    for (const round of range(1, 20)) {
      // This process has not heard of it when the subscription comes.
      await appendBySql(client, 'kyc', [{ payload: { before: round } }])
      const follower = await startFollower(services, 'kyc')
      await appendBySql(client, 'kyc', [{ payload: { after: round } }])
      await services.tails.of('kyc').look()
      await eventually(() => follower.seen.map(({ payload }) => payload)).toEqual([{ after: round }])
      await follower.iterator.return?.()
    }
  })

  it('misses nothing that is committed while many subscribe', async () => {
    const services = await startTestServices(await databaseForTest())
    const followers = []
    for (const n of range(1, 30)) {
      const [follower] = await Promise.all([
        startFollower(services, 'kyc'),
        ...range(1, 3).map(() => recordEvent(services, 'kyc', { n })),
      ])
      followers.push({ follower, from: 3 * n + 1 })
    }
    await recordEvent(services, 'kyc', { last: true })
    const last = 30 * 3 + 1
    for (const { follower, from } of followers) {
      await eventually(() => follower.seen.at(-1)?.position).toBe(last)
      const seen = positionsOf(follower.seen)
      expect(seen).toEqual(range(seen[0]!, last))
      expect(seen[0]).toBeLessThanOrEqual(from)
    }
  })
})

describe('with a cursor', () => {
  it('replays from PostgreSQL what the process has never seen, then goes on live under concurrent writes', async () => {
    const database = await databaseForTest()
    const writer = await startTestServices(database)
    const client = await connectForTest(database.url)
    const early = await appendBySql(client, 'kyc', many(1_200))
    // Started later: its ring begins here.
    const services = await startTestServices(database)
    const writes = range(1, 200).map((n) => recordEvent(n % 2 ? writer : services, 'kyc', { n }))
    const places = [genesis, early[0]!, early[2]!, early[499]!, early[500]!, early[1_198]!, early[1_199]!]
    const followers = await Promise.all(places.map((place) => startFollower(services, 'kyc', place)))
    await Promise.all(writes)
    const log = await logOf(services, 'kyc')
    expect(log).toHaveLength(1_400)
    for (const [index, place] of places.entries()) {
      const { seen } = followers[index]!
      await eventually(() => seen.length).toBe(1_400 - place.position)
      expect(placesOf(seen)).toEqual(placesOf(log.slice(place.position)))
    }
  })

  it('gets all of a log that is longer than what the process keeps of it, however slowly it reads', async () => {
    const database = await databaseForTest()
    const services = await startTestServices(database)
    const client = await connectForTest(database.url)
    const slow = await iterate(services)
    const quick = await startFollower(services, 'kyc')
    const seen: LoggedEvent[] = []
    for (const _ of range(1, 20)) {
      await appendBySql(client, 'kyc', many(500))
      await services.tails.of('kyc').look()
      seen.push((await slow.next()).value!)
    }
    while (seen.length < 10_000) seen.push((await slow.next()).value!)
    const log = await logOf(services, 'kyc')
    expect(placesOf(seen)).toEqual(placesOf(log))
    await eventually(() => quick.seen.length).toBe(10_000)
    expect(placesOf(quick.seen)).toEqual(placesOf(log))
    for (const position of [1, 2_047, 2_048, 4_096, 8_000, 9_999]) {
      const late = await iterate(services, log[position - 1])
      expect((await late.next()).value?.position).toBe(position + 1)
      await late.return?.()
    }
    await slow.return?.()
  })

  it('begins at the very beginning with position 0, on an empty stream and on one that is not', async () => {
    const services = await startTestServices(await databaseForTest())
    const first = await startFollower(services, 'kyc', genesis)
    await recordEvent(services, 'kyc', {})
    const second = await startFollower(services, 'kyc', genesis)
    await recordEvent(services, 'kyc', {})
    for (const { seen } of [first, second]) await eventually(() => positionsOf(seen)).toEqual([1, 2])
  })

  it('that the log does not hold is refused when one subscribes', async () => {
    const database = await databaseForTest()
    const services = await startTestServices(database)
    const [event] = await appendBySql(await connectForTest(database.url), 'kyc', many(3))
    const another = { position: 2, hash: 'ab'.repeat(32) }
    const beyond = { position: 4, hash: event!.hash }
    for (const place of [another, beyond, { ...beyond, position: 4_000 }]) {
      await expect(iterate(services, place)).rejects.toBeInstanceOf(ResyncRequiredError)
      await services.tails.of('kyc').look()
      await expect(iterate(services, place)).rejects.toBeInstanceOf(ResyncRequiredError)
    }
  })
})

describe('the end of a subscription', () => {
  it('comes at once for a subscriber that waits, and leaves nothing behind', async () => {
    const services = await startTestServices(await databaseForTest())
    const tail = services.tails.of('kyc')
    const iterators = await Promise.all(range(1, 50).map(() => iterate(services)))
    const waiting = iterators.map((iterator) => iterator.next())
    await eventually(() => tail.waiting).toBe(50)
    await Promise.all(iterators.map((iterator) => iterator.return?.()))
    expect(await Promise.all(waiting)).toEqual(waiting.map(() => ({ value: undefined, done: true })))
    expect(tail.waiting).toBe(0)
    for (const iterator of iterators) expect(await iterator.next()).toEqual({ value: undefined, done: true })
  })

  it('may come before the first event was asked for', async () => {
    const services = await startTestServices(await databaseForTest())
    const iterator = await iterate(services)
    await iterator.return?.()
    await recordEvent(services, 'kyc', {})
    expect(await iterator.next()).toEqual({ value: undefined, done: true })
    expect(services.tails.of('kyc').waiting).toBe(0)
  })

  it('leaves no listener on a signal that outlives the wait', async () => {
    const services = await startTestServices(await databaseForTest())
    const { signal } = new AbortController()
    for (const n of range(1, 5)) {
      const changed = services.tails.of('kyc').changed(signal)
      await recordEvent(services, 'kyc', { n })
      await changed
    }
    expect(getEventListeners(signal, 'abort')).toEqual([])
    expect(services.tails.of('kyc').waiting).toBe(0)
  })

  it('comes with the error of a subscriber who may not see the next event', async () => {
    const services = await startTestServices(await databaseForTest())
    const iterator = await follow({
      ...{ pool: services.pool, tails: services.tails, stream: 'kyc', after: null },
      select: async ({ position }) => {
        if (position === 2) throw new Error('banned')
        return position
      },
    })
    await Promise.all([recordEvent(services, 'kyc', {}), recordEvent(services, 'kyc', {})])
    expect(await iterator.next()).toEqual({ value: 1, done: false })
    await expect(iterator.next()).rejects.toThrow('banned')
    expect(await iterator.next()).toEqual({ value: undefined, done: true })
  })
})

it('what comes while a subscriber goes from looking to waiting does not wait for the next comparison', async () => {
  const database = await databaseForTest()
  const services = await startTestServices(database)
  const client = await connectForTest(database.url)
  const iterator = await iterate(services)
  for (const turns of range(0, 30)) {
    const events = await appendBySql(client, 'kyc', [{}])
    await services.tails.compare()
    const position = events[0]!.position
    expect((await iterator.next()).value?.position).toBe(position)
    const [event] = await appendBySql(client, 'kyc', [{}])
    const next = iterator.next()
    for (const _ of range(1, turns)) await null
    services.tails.offer([event!])
    // From here on there is nothing to wait for.
    const came = await Promise.race([next.then(() => true), setImmediate(false)])
    expect({ turns, came }).toEqual({ turns, came: true })
  }
  await iterator.return?.()
})

it('a process that is cut off from PostgreSQL sends nothing: not what it has, not what the doorbell brings', async () => {
  const database = await databaseForTest()
  const proxy = await startProxy(database.url)
  const services = await startTestServices(database, {
    url: proxy.url,
    variables: { DATABASE_STATEMENT_TIMEOUT_MS: '500', DATABASE_WAIT_MS: '500' },
  })
  const client = await connectForTest(database.url)
  const quick = await startFollower(services, 'kyc')
  const slow = await iterate(services)
  services.tails.offer(await appendBySql(client, 'kyc', many(3)))
  await eventually(() => positionsOf(quick.seen)).toEqual([1, 2, 3])
  expect((await slow.next()).value?.position).toBe(1)

  proxy.cut()
  await eventually(() => services.tails.isFresh()).toBe(false)
  services.tails.offer(await appendBySql(client, 'kyc', many(3)))
  expect(services.tails.of('kyc').head.position).toBe(6)
  const next = slow.next()
  const first = await Promise.race([next.then(() => 'sent'), setImmediate('nothing')])
  expect({ first, quick: positionsOf(quick.seen) }).toEqual({ first: 'nothing', quick: [1, 2, 3] })

  proxy.mend()
  await eventually(() => positionsOf(quick.seen)).toEqual([1, 2, 3, 4, 5, 6])
  expect((await next).value?.position).toBe(2)
  expect((await slow.next()).value?.position).toBe(3)
  await slow.return?.()
})

it('a listener that fails keeps nobody from the event, and no writer from an answer', async () => {
  const services = await startTestServices(await databaseForTest())
  const heard: number[] = []
  services.tails.onEvent(() => {
    throw new Error('a listener of ours is wrong')
  })
  services.tails.onEvent(({ position }) => heard.push(position))
  const follower = await startFollower(services, 'kyc')
  await recordEvent(services, 'kyc', {})
  await recordEvent(services, 'kyc', {})
  await eventually(() => follower.seen.length).toBe(2)
  expect(heard).toEqual([1, 2])
})
