import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { users } from '../src/db/schema/auth.ts'
import { type Stream, streams } from '../src/db/schema/event.ts'
import { kycApplications } from '../src/db/schema/kyc.ts'
import { transaction } from '../src/db/transaction.ts'
import { appendEvents } from '../src/log/append.ts'
import { genesisHash, type LoggedEvent } from '../src/log/event.ts'
import {
  appendBySql,
  connectForTest,
  databaseForTest,
  eventually,
  logOf,
  recordEvent,
  startFollower,
} from './harness/log.ts'
import { startTestServices } from './harness/services.ts'

const positionsOf = (events: LoggedEvent[]) => events.map(({ position }) => position)

/** As PostgreSQL writes jsonb: keys by length, then by bytes, and a space after colons and commas. */
function jsonbText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(jsonbText).join(', ')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  const keys = Object.keys(value).sort((a, b) => a.length - b.length || (a < b ? -1 : 1))
  return `{${keys.map((key) => `${JSON.stringify(key)}: ${jsonbText((value as Record<string, unknown>)[key])}`).join(', ')}}`
}

it('numbers the events of a stream without a gap and chains each to the one before', async () => {
  const { url } = await databaseForTest()
  const client = await connectForTest(url)
  const appended = [
    ...(await appendBySql(client, 'kyc', [{}, { payload: { n: 2 } }])),
    ...(await appendBySql(client, 'kyc', [{ actorId: 'a', tags: ['b', 'a'] }])),
  ]
  const other = await appendBySql(client, 'rates', [{}])
  expect(positionsOf(appended)).toEqual([1, 2, 3])
  expect(appended.map(({ previousHash }) => previousHash)).toEqual([
    genesisHash,
    ...appended.slice(0, 2).map(({ hash }) => hash),
  ])
  expect(genesisHash).toBe('0'.repeat(64))
  expect(positionsOf(other)).toEqual([1])
  expect(other[0]?.previousHash).toBe(genesisHash)
  const { rows } = await client.query(`select position::int, tags from events where stream = 'kyc' order by 1`)
  expect(rows[2]).toEqual({ position: 3, tags: ['b', 'a'] })
})

it('gives an event the hash that its text has, on every PostgreSQL', async () => {
  const { url } = await databaseForTest()
  const client = await connectForTest(url)
  const payload = { userId: 'user_1', b: [1.5, true, null, 'ü "quoted" \u2028'], aa: { z: 1, y: 10 } }
  const { rows } = await client.query<{ hash: string }>(
    `select encode(event_hash(decode($1, 'hex'), 'kyc', 7, 'kyc.approved', 'kyc_1', 'user_2', $2, $3, $4), 'hex') as hash`,
    ['ab'.repeat(32), ['kyc', 'user:ü'], payload, '2026-01-02 03:04:05.678901+00'],
  )
  const microseconds = Date.UTC(2026, 0, 2, 3, 4, 5, 678) * 1000 + 901
  const text = jsonbText(['kyc', 7, 'kyc.approved', 'kyc_1', 'user_2', ['kyc', 'user:ü'], payload, microseconds])
  const expected = createHash('sha256')
    .update(Buffer.from('ab'.repeat(32), 'hex'))
    .update(text)
    .digest('hex')
  expect(rows[0]?.hash).toBe(expected)
  expect(expected).toBe('171ca9a69b406659d1daf853c2baa40c0d4f5d6445c81cffda5b8cd84e83546c')
})

it('writes the hash of exactly what stands in the row', async () => {
  const { url } = await databaseForTest()
  const client = await connectForTest(url)
  const items = [
    { subjectId: 'x', actorId: 'y', tags: ['t'], payload: { n: 12345678901234, s: 'é' } },
    { payload: { list: [] } },
  ]
  for (const event of await appendBySql(client, 'transfers', items)) {
    const { stream, position, type, subjectId, actorId, tags, payload } = event
    const microseconds =
      Date.parse(event.createdAt.replace(/\.\d+Z$/, 'Z')) * 1000 + Number(event.createdAt.slice(20, 26))
    const text = jsonbText([stream, position, type, subjectId, actorId, tags, payload, microseconds])
    const hash = createHash('sha256').update(Buffer.from(event.previousHash, 'hex')).update(text).digest('hex')
    expect(hash).toBe(event.hash)
  }
})

it('appends in READ COMMITTED transactions only', async () => {
  const { url } = await databaseForTest()
  const client = await connectForTest(url)
  for (const level of ['repeatable read', 'serializable']) {
    await client.query(`begin isolation level ${level}`)
    await expect(appendBySql(client, 'kyc', [{}])).rejects.toMatchObject({ code: '25000' })
    await client.query('rollback')
  }
  expect(await client.query('select from events')).toMatchObject({ rowCount: 0 })
})

it('knows its streams and refuses others', async () => {
  const { url } = await databaseForTest()
  const client = await connectForTest(url)
  for (const stream of streams) expect(positionsOf(await appendBySql(client, stream, [{}]))).toEqual([1])
  for (const stream of ['users', 'KYC', '']) {
    await expect(appendBySql(client, stream as Stream, [{}])).rejects.toMatchObject({ code: '23514' })
  }
})

it('appends five hundred events in one call, in the order given', async () => {
  const { url } = await databaseForTest()
  const client = await connectForTest(url)
  const items = Array.from({ length: 500 }, (_, n) => ({ payload: { n } }))
  await appendBySql(client, 'transfers', [{}])
  const appended = await appendBySql(client, 'transfers', items)
  expect(positionsOf(appended)).toEqual(Array.from({ length: 500 }, (_, n) => n + 2))
  expect(appended.map(({ payload }) => payload.n)).toEqual(items.map(({ payload }) => payload.n))
  const { rows } = await client.query(`select first_bad_event('transfers') as bad`)
  expect(rows).toEqual([{ bad: null }])
})

it('does not let time run backwards within a stream', async () => {
  const { url, superuserUrl } = await databaseForTest()
  const client = await connectForTest(url)
  const [first] = await appendBySql(client, 'kyc', [{}])
  const superuser = await connectForTest(superuserUrl)
  // As if the server's clock had been an hour ahead.
  await superuser.query('set session_replication_role = replica')
  await superuser.query(`update events set created_at = created_at + interval '1 hour'`)
  const [second] = await appendBySql(client, 'kyc', [{}])
  expect(Date.parse(second!.createdAt)).toBe(Date.parse(first!.createdAt) + 3_600_000)
})

it('leaves nothing of a transaction that is rolled back', async () => {
  const services = await startTestServices(await databaseForTest())
  const follower = await startFollower(services, 'kyc')
  const refused = transaction({ services }, async (tx) => {
    tx.record({ stream: 'kyc', type: 'test', subjectId: 'refused', tags: [], payload: {} })
    await appendEvents(tx.db, [
      { stream: 'kyc', type: 'test', subjectId: 'early', actorId: null, tags: [], payload: {} },
    ])
    throw new Error('changed my mind')
  })
  await expect(refused).rejects.toThrow('changed my mind')
  expect(await logOf(services, 'kyc')).toEqual([])
  await recordEvent(services, 'kyc', { n: 'after' })
  await eventually(() => follower.seen.map(({ payload }) => payload.n)).toEqual(['after'])
  expect(positionsOf(follower.seen)).toEqual([1])
})

it('leaves neither row nor event of a mutation whose COMMIT is refused', async () => {
  const services = await startTestServices(await databaseForTest())
  const follower = await startFollower(services, 'kyc')
  const refused = transaction({ services }, async (tx) => {
    await tx.db.insert(users).values({ id: 'user_1', email: 'a@example.com' })
    // Without its line of history: a deferred constraint says no at COMMIT.
    await tx.db.insert(kycApplications).values({ id: 'kyc_1', userId: 'user_1' })
    tx.record({ stream: 'kyc', type: 'kyc.created', subjectId: 'kyc_1', tags: [], payload: {} })
  })
  await expect(refused).rejects.toMatchObject({ cause: { constraint: 'kyc_applications_history' } })
  expect(await services.db.select().from(users)).toEqual([])
  expect(await services.db.select().from(kycApplications)).toEqual([])
  for (const stream of streams) expect(await logOf(services, stream)).toEqual([])
  await recordEvent(services, 'kyc', { n: 'after' })
  await eventually(() => follower.seen.map(({ payload }) => payload.n)).toEqual(['after'])
})

it('locks streams in alphabetical order, but accounts after all others, as its triggers do', async () => {
  const services = await startTestServices(await databaseForTest())
  const events = (['accounts', 'transfers', 'kyc', 'accounts', 'alerts'] as const).map((stream) => ({
    ...{ stream, type: 'test', subjectId: 's', actorId: null, tags: [], payload: {} },
  }))
  const appended = await services.db.transaction((tx) => appendEvents(tx, events))
  expect(appended.map(({ stream, position }) => `${stream} ${position}`)).toEqual([
    ...['alerts 1', 'kyc 1', 'transfers 1', 'accounts 1', 'accounts 2'],
  ])
})
