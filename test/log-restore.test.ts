import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, inject, it, onTestFinished, vi } from 'vitest'
import { ResyncRequiredError } from '../src/errors.ts'
import { follow } from '../src/log/follow.ts'
import { asSuperuser, type TestDatabase } from './harness/database.ts'
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
import { startTestServices } from './harness/services.ts'
import { startPostgres } from './services/postgres.ts'
import { createTemplate, databaseUrls, templateName } from './setup/template.ts'

const many = (count: number, name: string) => Array.from({ length: count }, (_, n) => ({ payload: { name, n } }))

/** A backup, as it were: nobody may be connected to the database at that moment. */
async function copyOf(database: TestDatabase) {
  const name = `${database.name}_copy`
  await asSuperuser(`create database ${name} template ${database.name} strategy file_copy owner gatehouse_owner`)
  const url = new URL(database.url)
  url.pathname = name
  return { name, url: url.href }
}

/** Takes the place of the database under the processes that use it. */
const restore = (database: TestDatabase, copy: { name: string }) =>
  asSuperuser(
    `alter database ${database.name} with allow_connections false`,
    `drop database ${database.name} with (force)`,
    `alter database ${copy.name} rename to ${database.name}`,
  )

/** A log of ten events of `kyc` and a copy of it, then ten more, and subscribers in two processes. */
async function begin() {
  const database = await databaseForTest()
  const client = await connectForTest(database.url)
  const early = await appendBySql(client, 'kyc', many(10, 'early'))
  await appendBySql(client, 'rates', many(3, 'early'))
  await client.query(`insert into users (id, email) values ('user_1', 'a@example.com')`)
  await client.end()
  const copy = await copyOf(database)
  const processes = [await startTestServices(database), await startTestServices(database)] as const
  const [writer] = processes
  const kyc = await Promise.all(processes.map((services) => startFollower(services, 'kyc', early[4])))
  const rates = await Promise.all(processes.map((services) => startFollower(services, 'rates')))
  for (const n of many(10, 'lost')) await recordEvent(writer, 'kyc', n.payload)
  for (const { seen } of kyc) await eventually(() => seen.length).toBe(15)
  const lost = (await logOf(writer, 'kyc')).at(-1)!
  return { database, copy, early, lost, processes, kyc, rates }
}

it('of an older copy under running gateways: who has seen what is lost is told, the others go on', async () => {
  const { database, copy, early, lost, processes, kyc, rates } = await begin()
  const resets = processes.map(({ tails }) => {
    const reset = vi.fn()
    tails.onReset(reset)
    return reset
  })
  await restore(database, copy)
  for (const { ended } of kyc) await expect(ended).rejects.toBeInstanceOf(ResyncRequiredError)
  for (const [index, services] of processes.entries()) {
    await eventually(() => services.tails.isFresh()).toBe(true)
    expect(services.tails.of('kyc').head).toMatchObject({ position: 10, hash: early[9]?.hash })
    expect(resets[index]).toHaveBeenCalled()
    await expect(startFollower(services, 'kyc', lost)).rejects.toBeInstanceOf(ResyncRequiredError)
  }
  const again = await Promise.all(processes.map((services) => startFollower(services, 'kyc', early[8])))
  await recordEvent(processes[1], 'kyc', { name: 'new' })
  await recordEvent(processes[0], 'rates', { name: 'new' })
  const log = await logOf(processes[0], 'kyc')
  for (const { seen } of again) await eventually(() => placesOf(seen)).toEqual(placesOf(log.slice(9)))
  for (const { seen } of rates) await eventually(() => seen.map(({ payload }) => payload)).toEqual([{ name: 'new' }])
})

it('of a copy whose log has grown beyond the lost one: the same positions with other events deceive nobody', async () => {
  const { database, copy, lost, processes, kyc, rates } = await begin()
  const client = await connectForTest(copy.url)
  await appendBySql(client, 'kyc', many(40, 'other'))
  await client.end()
  await restore(database, copy)
  for (const { ended, seen } of kyc) {
    await expect(ended).rejects.toBeInstanceOf(ResyncRequiredError)
    expect(seen.map(({ payload }) => payload.name)).not.toContain('other')
  }
  for (const services of processes) {
    await expect(startFollower(services, 'kyc', lost)).rejects.toBeInstanceOf(ResyncRequiredError)
    await eventually(() => services.tails.of('kyc').head.position).toBe(50)
  }
  await recordEvent(processes[1], 'rates', { name: 'new' })
  for (const { seen } of rates) await eventually(() => seen.map(({ payload }) => payload)).toEqual([{ name: 'new' }])
})

it('ends a subscriber in the middle of what it was reading', async () => {
  const { database, copy, early, processes } = await begin()
  const [services] = processes
  const slow = await follow({
    ...{ pool: services.pool, tails: services.tails, stream: 'kyc', after: early[9]! },
    select: async ({ payload }) => payload,
  })
  expect((await slow.next()).value).toEqual({ name: 'lost', n: 0 })
  await restore(database, copy)
  await eventually(() => services.tails.of('kyc').head.position).toBe(10)
  await eventually(() => services.tails.isFresh()).toBe(true)
  await expect(slow.next()).rejects.toBeInstanceOf(ResyncRequiredError)
})

it('drops the viewers: a session that the copy does not know is refused', async () => {
  const { database, copy, processes } = await begin()
  const client = await connectForTest(database.url)
  await client.query(
    `insert into sessions (id, user_id, token, expires_at) values ('session_1', 'user_1', 'secret', now() + interval '1 day')`,
  )
  for (const { tails, viewers } of processes) {
    await tails.of('accounts').look()
    expect(await viewers.resolve('secret')).toMatchObject({ id: 'user_1' })
  }
  await restore(database, copy)
  for (const { viewers } of processes) {
    const kindOf = () => viewers.resolve('secret').then(({ kind }) => kind, String)
    await eventually(kindOf).toBe('anonymous')
  }
})

it('forgets an event that was heard of and never was: whoever got it is told', async () => {
  const services = await startTestServices(await databaseForTest())
  const [unlucky, other] = [await startFollower(services, 'kyc'), await startFollower(services, 'rates')]
  await recordEvent(services, 'kyc', { n: 1 })
  await eventually(() => unlucky.seen.length).toBe(1)
  const [event] = unlucky.seen
  // Committed by a primary that died with it.
  const lost = { ...event!, position: 2, previousHash: event!.hash, hash: 'ab'.repeat(32), payload: { n: 'lost' } }
  services.doorbell.ring([lost])
  await eventually(() => unlucky.seen.length).toBe(2)
  await expect(unlucky.ended).rejects.toBeInstanceOf(ResyncRequiredError)
  await recordEvent(services, 'kyc', { n: 2 })
  await recordEvent(services, 'rates', { n: 1 })
  await eventually(() => other.seen.length).toBe(1)
  const late = await startFollower(services, 'kyc', event!)
  await eventually(() => late.seen.map(({ payload }) => payload)).toEqual([{ n: 2 }])
})

// Embedded there is nothing to fail over to.
if (inject('stack').name === 'services') {
  it('of the very same log on another timeline: viewers are dropped, subscribers go on', async () => {
    const server = await startPostgres({ settings: { restore_command: 'false' } })
    onTestFinished(() => server.stop())
    await createTemplate(server.superuserUrl)
    const services = await startTestServices(databaseUrls(server.superuserUrl, templateName))
    const reset = vi.fn()
    services.tails.onReset(reset)
    const follower = await startFollower(services, 'kyc')
    await recordEvent(services, 'kyc', { n: 1 })
    await eventually(() => follower.seen.length).toBe(1)
    expect(reset).not.toHaveBeenCalled()

    await server.stop()
    await writeFile(join(server.dataDir, 'recovery.signal'), '')
    await server.restart()
    await eventually(() => reset.mock.calls.length).toBe(1)
    await eventually(() => services.tails.isFresh()).toBe(true)
    await recordEvent(services, 'kyc', { n: 2 })
    await eventually(() => follower.seen.map(({ payload }) => payload.n)).toEqual([1, 2])
  })
}
