import type pg from 'pg'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createSharedViewers } from '../../src/auth/shared-viewers.ts'
import { createAnswers } from '../../src/cache/answers.ts'
import { encodeEntry } from '../../src/cache/entry.ts'
import { createFreshness } from '../../src/cache/freshness.ts'
import { createTouches, type Positions } from '../../src/cache/touches.ts'
import { streams } from '../../src/db/schema/event.ts'
import { genesisHash, type LoggedEvent } from '../../src/log/event.ts'
import { createTails, type Tails } from '../../src/log/tails.ts'
import { createLogger } from '../../src/logger.ts'

const heads = Object.fromEntries(streams.map((stream) => [stream, 7])) as Positions

/** A process, of which the log changes while it waits for what Redis has under the name that it asked for. */
function startReading(found: Buffer) {
  const touches = createTouches()
  touches.begin(heads)
  let log = 'lost'
  const { mark, holds, holdsSince } = touches
  const freshness = { follow() {}, onReset: () => 1, isKnown: () => true, log: () => log, mark, holds, holdsSince }
  const shared = {
    async get() {
      log = 'another'
      touches.begin(heads)
      return found
    },
    set() {},
  }
  return { freshness, shared }
}

it('an answer that was asked of Redis in one log is not used in another, where its positions mean something else', async () => {
  const times = { storedAt: Date.now(), endsAt: Date.now() + 60_000 }
  const entry = encodeEntry({ positions: heads, ...times, body: Buffer.from('lost') })
  const answers = createAnswers<never>({ ...startReading(entry), maxBytes: 1_000_000, ttlSeconds: 300 })
  const make = async () => ({ body: 'what there is', validUntil: Number.POSITIVE_INFINITY })
  const outcome = await answers.run({ scope: 'public', asked: 'key' }, ['users'], make)
  expect(outcome).toMatchObject({ cache: 'miss', answer: { body: 'what there is' } })
})

it('a viewer neither', async () => {
  const expiresAt = Date.now() + 60_000
  const viewer = { kind: 'user', id: 'user_1', role: 'admin', sessionId: 'session_1', expiresAt, steppedUpUntil: null }
  const found = Buffer.from(JSON.stringify({ position: 7, viewer }))
  expect(await createSharedViewers(startReading(found)).find('hash')).toBeNull()
})

it('a process says that it follows another log when it does, not before it knows what that holds', async () => {
  const place = { position: 0, hash: genesisHash }
  let server = { files: 'first', place }
  const reading: ((rows: object[]) => void)[] = []
  const pool = {
    query: async ({ name }: { name: string }) =>
      name === 'log-heads'
        ? { rows: streams.map((stream) => ({ generation: '1', files: server.files, stream, ...server.place })) }
        : { rows: await new Promise<object[]>((resolve) => reading.push(resolve)) },
  }
  const doorbell = { ring() {}, listen: async () => {} }
  const tails = createTails({ pool: pool as unknown as pg.Pool, doorbell, logger: createLogger('silent') })
  await tails.compare()
  const before = tails.log
  // As after a crash of PostgreSQL, which may have lost what was said of it.
  server = { files: 'second', place: { position: 1, hash: 'ab'.repeat(32) } }
  const comparing = tails.compare()
  await new Promise(setImmediate)
  expect(tails.log).toBe(before)
  const logs: (string | null)[] = []
  tails.onReset(() => logs.push(tails.log))
  // Not what continues what this process has.
  for (const read of reading) read([{ position: 1, hash: 'ab'.repeat(32), previousHash: 'cd'.repeat(32), tags: [] }])
  await comparing
  expect([logs, tails.log]).toEqual([['1/second'], '1/second'])
  tails.stop()
})

it('what was still being read of one log says nothing of the next', async () => {
  const reading: ((rows: object[]) => void)[] = []
  const pool = { query: async () => ({ rows: await new Promise<object[]>((resolve) => reading.push(resolve)) }) }
  let begin = () => {}
  const tails = {
    log: 'log',
    of: () => ({ head: { position: 7 } }),
    isFresh: () => true,
    onReset(listener: () => void) {
      begin = listener
    },
    onEvent() {},
  } as unknown as Tails
  const freshness = createFreshness({ tails, pool: pool as unknown as pg.Pool, logger: createLogger('silent') })
  freshness.follow()
  begin()
  begin()
  const [ofTheFirst, ofTheNext] = [reading.splice(0, streams.length), reading]
  for (const read of ofTheFirst) read([{ tag: null, position: 0 }])
  await new Promise(setImmediate)
  expect([freshness.isKnown(), freshness.holdsSince(['users'], { accounts: 3 })]).toEqual([false, false])
  const rows = [
    { tag: null, position: 2 },
    { tag: 'users', position: 5 },
  ]
  for (const read of ofTheNext) read(rows)
  await new Promise(setImmediate)
  const since = (position: number) => freshness.holdsSince(['users'], { accounts: position })
  expect([freshness.isKnown(), since(4), since(5)]).toEqual([true, false, true])
})

describe('tails are not fresh', () => {
  const place = { position: 7, hash: 'ab'.repeat(32) }

  /** Tails that have compared, and wait for the answer to each comparison after the first. */
  async function startCompared() {
    const answers: (() => void)[] = []
    let isFirst = true
    const pool = {
      async query() {
        if (!isFirst) await new Promise<void>((resolve) => answers.push(resolve))
        isFirst = false
        return { rows: streams.map((stream) => ({ generation: '1', files: '1', stream, ...place })) }
      },
    }
    const doorbell = { ring() {}, listen: async () => {} }
    const tails = createTails({ pool: pool as unknown as pg.Pool, doorbell, logger: createLogger('silent') })
    await tails.compare()
    expect(tails.isFresh()).toBe(true)
    onTestFinished(() => tails.stop())
    return { tails, answer: () => answers.shift()!() }
  }

  function setClocks(monotonic: number, wall: number) {
    const clocks = [
      vi.spyOn(performance, 'now').mockReturnValue(performance.now() + monotonic),
      vi.spyOn(Date, 'now').mockReturnValue(Date.now() + wall),
    ]
    onTestFinished(() => clocks.forEach((clock) => void clock.mockRestore()))
  }

  it('after an event that does not continue what they hold, until they have compared', async () => {
    const { tails, answer } = await startCompared()
    const event = { stream: 'kyc', position: 8, hash: 'ef'.repeat(32), previousHash: 'cd'.repeat(32), tags: [] }
    tails.offer([event as unknown as LoggedEvent])
    expect([tails.isFresh(), tails.of('kyc').head]).toEqual([false, place])
    answer()
    await tails.compare()
    expect(tails.isFresh()).toBe(true)
  })

  it('two seconds after they have compared, though somebody has set the clock back', async () => {
    const { tails } = await startCompared()
    setClocks(2_000, -3_600_000)
    expect(tails.isFresh()).toBe(false)
  })

  it('when the answer to a comparison was long under way', async () => {
    const { tails, answer } = await startCompared()
    const comparing = tails.compare()
    setClocks(10_000, 10_000)
    answer()
    await comparing
    expect(tails.isFresh()).toBe(false)
  })
})

it('a process drops what it has when the server is another one, though its log ends with the same events', async () => {
  let generation = '1'
  const place = { position: 7, hash: 'ab'.repeat(32) }
  const pool = {
    query: async () => ({ rows: streams.map((stream) => ({ generation, files: '1', stream, ...place })) }),
  }
  const doorbell = { ring() {}, listen: async () => {} }
  const tails = createTails({ pool: pool as unknown as pg.Pool, doorbell, logger: createLogger('silent') })
  onTestFinished(() => tails.stop())
  const reset = vi.fn()
  tails.onReset(reset)
  for (const [found, times] of [
    ['1', 1],
    ['1', 1],
    ['2', 2],
  ] as const) {
    generation = found
    await tails.compare()
    expect([reset.mock.calls.length, tails.log]).toEqual([times, `${found}/1`])
  }
})

it('a process follows a log that ends before what it has, and drops what it has', async () => {
  let position = 7
  const pool = {
    // Beyond its end there is nothing to read.
    query: async ({ name }: { name: string }) => ({
      rows:
        name === 'log-heads'
          ? streams.map((stream) => ({ generation: '1', files: '1', stream, position, hash: genesisHash }))
          : [],
    }),
  }
  const doorbell = { ring() {}, listen: async () => {} }
  const tails = createTails({ pool: pool as unknown as pg.Pool, doorbell, logger: createLogger('silent') })
  onTestFinished(() => tails.stop())
  await tails.compare()
  const reset = vi.fn()
  tails.onReset(reset)
  position = 3
  await tails.compare()
  expect([reset.mock.calls.length, tails.of('kyc').head.position, tails.isFresh()]).toEqual([1, 3, true])
})
