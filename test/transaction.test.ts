import { sql } from 'drizzle-orm'
import type pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { transaction } from '../src/db/transaction.ts'
import { decodeCursor } from '../src/log/cursor.ts'
import { graphql } from './graphql/index.ts'
import { type Person, people, type Stack, startStack, type TestGateway } from './harness/index.ts'
import { draft } from './harness/kyc.ts'
import { connectForTest, eventually, logOf } from './harness/log.ts'

let stack: Stack
let gateway: TestGateway
let seed: ReturnType<typeof people>
let applicant: Person

beforeAll(async () => {
  stack = await startStack()
  gateway = await stack.startGateway()
  seed = people(gateway)
  applicant = await seed.investor()
})
afterAll(() => stack.stop())

const asSuperuser = () => connectForTest(stack.database.superuserUrl)

/** Resolves when so many statements of the gateway wait for a lock. */
const waitingForLocks = (client: pg.Client, count: number) =>
  eventually(async () => {
    const { rows } = await client.query<{ count: number }>(
      `select count(*)::int from pg_stat_activity
        where datname = current_database() and application_name = 'gatehouse gateway' and wait_event_type = 'Lock'`,
    )
    return rows[0]?.count
  }).toBe(count)

const readTwice = graphql(`
  query ReadTwice($id: ID!) {
    before: kycApplication(id: $id) { version firstName }
    eventCursor
    after: kycApplication(id: $id) { version firstName }
  }
`)

it('D4: a query with eventCursor is one snapshot, whatever is committed between its fields', async () => {
  const id = await draft(applicant)
  const before = (await logOf(gateway.services, 'kyc')).at(-1)!
  // The cursor cannot be read while the log is locked: the change is committed between the fields for certain.
  const [writer, superuser] = [await asSuperuser(), await asSuperuser()]
  await writer.query('begin; lock table events in access exclusive mode')
  const asked = applicant.get(readTwice, { id })
  await waitingForLocks(superuser, 1)
  await writer.query(`update kyc_applications set version = version + 1, first_name = 'Later' where id = '${id}'`)
  await writer.query(`select append_event('kyc', 'kyc.updated', '${id}', null, '{}', '{}')`)
  await writer.query('commit')
  const read = await asked
  expect(read.before).toEqual({ version: 1, firstName: 'Ines' })
  expect(read.after).toEqual(read.before)
  expect(decodeCursor(read.eventCursor).kyc?.position).toBe(before.position)
  expect(await applicant.get(readTwice, { id })).toMatchObject({ before: { firstName: 'Later' } })
})

it('D4: of two transactions in a deadlock the victim is tried again: both take effect, each once', async () => {
  const [one, other] = [await seed.investor(), await seed.investor()]
  let attempts = 0
  const lock = (id: string) => sql`update users set image = coalesce(image, '') || 'x' where id = ${id}`
  const inOrder = (label: string, [first, second]: [string, string], met: () => Promise<void>) =>
    transaction({ services: gateway.services }, async (tx) => {
      attempts += 1
      tx.record({ stream: 'alerts', type: 'test', subjectId: label, tags: [], payload: {} })
      await tx.db.execute(lock(first))
      await met()
      await tx.db.execute(lock(second))
    })
  const met = rendezvous(2)
  await Promise.all([inOrder('one', [one.id, other.id], met), inOrder('other', [other.id, one.id], met)])
  expect(attempts).toBe(3)
  const { rows } = await gateway.services.pool.query('select image from users where id = any($1)', [[one.id, other.id]])
  expect(rows).toEqual([{ image: 'xx' }, { image: 'xx' }])
  const left = (await logOf(gateway.services, 'alerts')).map((event) => event.subjectId)
  expect(left.sort()).toEqual(['one', 'other'])
})

it.each(['40001', '40P01'])(
  'D4: a transaction that fails with %s is tried five times, then UNAVAILABLE',
  async (code) => {
    let attempts = 0
    const failing = transaction({ services: gateway.services }, async (tx) => {
      attempts += 1
      await tx.db.execute(sql.raw(`do $$ begin raise exception 'no' using errcode = '${code}'; end $$`))
    })
    await expect(failing).rejects.toMatchObject({ code: 'UNAVAILABLE', details: { retryable: true } })
    expect(attempts).toBe(5)
  },
)

it('a serialization failure at COMMIT is known to have changed nothing, and is tried again', async () => {
  const person = await seed.investor()
  const superuser = await asSuperuser()
  // A sequence is not rolled back: the third attempt may pass.
  await superuser.query(`
    create sequence attempts;
    grant usage on attempts to public;
    create function fail_twice() returns trigger language plpgsql as $$ begin
      if nextval('attempts') < 3 then raise exception 'no' using errcode = '40001'; end if;
      return null;
    end $$;
    create constraint trigger fails_twice after update on users deferrable initially deferred
      for each row when (new.image = 'third') execute function fail_twice()`)
  await transaction({ services: gateway.services }, (tx) =>
    tx.db.execute(sql`update users set image = 'third' where id = ${person.id}`),
  )
  const { rows } = await superuser.query(
    `select u.image, a.last_value::int as attempts from users u, attempts a where u.id = $1`,
    [person.id],
  )
  expect(rows).toEqual([{ image: 'third', attempts: 3 }])
})

it('what fails for another reason is not tried again', async () => {
  let attempts = 0
  const failing = transaction({ services: gateway.services }, async (tx) => {
    attempts += 1
    await tx.db.execute(sql`select 1 / 0`)
  })
  await expect(failing).rejects.toThrow()
  expect(attempts).toBe(1)
})

/** Everybody waits for everybody, the first time. */
function rendezvous(count: number) {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  let arrived = 0
  return async () => {
    arrived += 1
    if (arrived === count) open()
    await opened
  }
}

it('an event that the log refuses undoes the change; the connection serves the next one', async () => {
  const { services } = gateway
  const person = await seed.investor()
  const id = await draft(person)
  const change = (type: string) =>
    transaction({ services }, async (tx) => {
      await tx.db.execute(sql`update kyc_applications set first_name = ${type}, version = version + 1 where id = ${id}`)
      tx.record({ stream: 'kyc', type, subjectId: id, tags: [], payload: {} })
    })
  const nobodys = null as unknown as string
  await expect(change(nobodys)).rejects.toThrow()
  await Promise.all(Array.from({ length: 20 }, (_, n) => change(`kyc.test_${n}`)))
  const events = (await logOf(services, 'kyc')).filter((event) => event.subjectId === id)
  const types = events.map(({ type }) => type).filter((type) => type.startsWith('kyc.test_'))
  expect(new Set(types).size).toBe(20)
  expect(types.length).toBe(20)
  expect((await person.get(readTwice, { id })).after?.firstName).toBe(types.at(-1))
})
