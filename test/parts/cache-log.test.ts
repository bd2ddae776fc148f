import type pg from 'pg'
import { expect, it } from 'vitest'
import { createSharedViewers } from '../../src/auth/shared-viewers.ts'
import { createAnswers } from '../../src/cache/answers.ts'
import { encodeEntry } from '../../src/cache/entry.ts'
import { createTouches, type Positions } from '../../src/cache/touches.ts'
import { streams } from '../../src/db/schema/event.ts'
import { genesisHash } from '../../src/log/event.ts'
import { createTails } from '../../src/log/tails.ts'
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
  const outcome = await answers.run('key', ['users'], make)
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
