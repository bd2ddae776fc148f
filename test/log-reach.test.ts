import { expect, it } from 'vitest'
import { reach } from '../src/log/reach.ts'
import { appendBySql, connectForTest, databaseForTest, recordEvent } from './harness/log.ts'
import { startTestServices } from './harness/services.ts'

async function start() {
  const database = await databaseForTest()
  const services = await startTestServices(database)
  const positionOf = () => services.tails.of('kyc').head.position
  return { database, services, tails: services.tails, positionOf, client: await connectForTest(database.url) }
}

it('whoever has written finds their event applied, even when one came before it that nobody had heard of', async () => {
  const { services, client, positionOf } = await start()
  for (let n = 1; n <= 5; n++) {
    await appendBySql(client, 'kyc', [{}])
    await recordEvent(services, 'kyc')
    expect(positionOf()).toBe(2 * n)
  }
})

it('a place that was written elsewhere is reached at once, in every stream of the cursor', async () => {
  const { tails, client, positionOf } = await start()
  const [, kyc] = await appendBySql(client, 'kyc', [{}, {}])
  const [alert] = await appendBySql(client, 'alerts', [{}])
  expect(await reach(tails, { kyc: kyc!, alerts: alert! })).toBe(true)
  expect([positionOf(), tails.of('alerts').head.position]).toEqual([2, 1])
})

it('a place that PostgreSQL does not have is nothing to wait for', async () => {
  const { tails, client } = await start()
  await appendBySql(client, 'kyc', [{}])
  expect(await reach(tails, { kyc: { position: 1_000_000, hash: '0'.repeat(16) } })).toBe(true)
  // Of another log: what it says of this one is nothing.
  expect(await reach(tails, { kyc: { position: 1, hash: 'ab'.repeat(8) } })).toBe(true)
  expect(await reach(tails, {})).toBe(true)
})

it('what does not show in time is not said to be reached', async () => {
  const { database, tails } = await start()
  const lock = await connectForTest(database.superuserUrl)
  await lock.query('begin; lock table events in access exclusive mode')
  expect(await reach(tails, { kyc: { position: 1, hash: '0'.repeat(16) } })).toBe(false)
  await lock.query('rollback')
  expect(await reach(tails, { kyc: { position: 1, hash: '0'.repeat(16) } })).toBe(true)
})
