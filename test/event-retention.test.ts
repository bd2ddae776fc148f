import { expect, it } from 'vitest'
import { encodeCursor } from '../src/log/cursor.ts'
import { trimStream } from '../src/log/retention.ts'
import { recordTokenTransfers } from '../src/resolvers/transfer/record.ts'
import { people, stackForTest } from './harness/index.ts'
import { keepLedger } from './harness/ledger.ts'
import { appendBySql, connectForTest, databaseForTest, eventually, logOf } from './harness/log.ts'
import { startTestServices } from './harness/services.ts'
import { block, indexerOn } from './harness/transfer.ts'

const many = (count: number) => Array.from({ length: count }, (_, n) => ({ payload: { n } }))

/** As if the first events of a stream had been written so many days ago. */
async function age(superuserUrl: string, stream: string, position: number, days: number) {
  const client = await connectForTest(superuserUrl)
  await client.query('set session_replication_role = replica')
  await client.query(
    'update events set created_at = created_at - make_interval(days => $3) where stream = $1 and position <= $2',
    [stream, position, days],
  )
  await client.end()
}

it('events older than their days are cut, in steps, and the others stay', async () => {
  const database = await databaseForTest()
  const services = await startTestServices(database)
  const client = await connectForTest(database.url)
  await appendBySql(client, 'transfers', many(4_500))
  await age(database.superuserUrl, 'transfers', 4_400, 31)
  expect(await trimStream(services.pool, 'transfers', 32)).toBe(0)
  expect(await trimStream(services.pool, 'transfers', 30)).toBe(4_400)
  const left = await logOf(services, 'transfers')
  expect([left.length, left[0]?.position]).toEqual([100, 4_401])
  expect(await trimStream(services.pool, 'transfers', 30)).toBe(0)
})

it('the last event of a stream stays, however old, and an empty stream is no fault', async () => {
  const database = await databaseForTest()
  const services = await startTestServices(database)
  expect(await trimStream(services.pool, 'rates', 1)).toBe(0)
  await appendBySql(await connectForTest(database.url), 'rates', many(10))
  await age(database.superuserUrl, 'rates', 10, 400)
  expect(await trimStream(services.pool, 'rates', 365)).toBe(9)
  expect((await logOf(services, 'rates')).map(({ position }) => position)).toEqual([10])
})

it('each night, by the configuration; whoever comes with a cursor from before reads the state again', async () => {
  const stack = await stackForTest()
  const gateway = await stack.startGateway({ TRANSFER_EVENT_RETENTION_DAYS: '10', RATE_EVENT_RETENTION_DAYS: '0' })
  const reader = await people(gateway).investor()
  await recordTokenTransfers(indexerOn(gateway.services), { transfers: block(5) })
  const events = await logOf(gateway.services, 'transfers')
  // The first quotations come with the start.
  await eventually(async () => (await logOf(gateway.services, 'rates')).length).toBeGreaterThan(3)
  for (const stream of ['transfers', 'rates']) await age(stack.database.superuserUrl, stream, 3, 11)

  const owner = await connectForTest(stack.database.ownerUrl)
  await owner.query(`select graphile_worker.add_job('event.trim', '{}')`)
  await eventually(async () => (await logOf(gateway.services, 'transfers')).length).toBe(2)
  expect((await logOf(gateway.services, 'rates'))[0]?.position).toBe(1)

  // Another process, which remembers nothing of what was cut.
  const fresh = await stack.startGateway()
  const from = (position: number) =>
    keepLedger({
      urls: () => [fresh.url],
      credential: { authorization: `Bearer ${reader.token}` },
      after: encodeCursor({ transfers: events[position - 1]! }),
    })
  const early = await from(2)
  await eventually(() => JSON.stringify(early.refusals[0])).toContain('RESYNC_REQUIRED')
  const late = await from(4)
  await eventually(() => late.entries.map(({ position }) => position)).toEqual([5])
  for (const book of [early, late]) await book.stop()
})
