import { sql } from 'drizzle-orm'
import { expect, it } from 'vitest'
import { createContext, onConnection } from '../src/context.ts'
import { transaction } from '../src/db/transaction.ts'
import { placeIn } from '../src/log/cursor.ts'
import { anonymous } from '../src/permissions.ts'
import { readEventCursor } from '../src/resolvers/event-cursor.ts'
import { appendBySql, connectForTest, databaseForTest, eventually, startFollower } from './harness/log.ts'
import { startTestServices } from './harness/services.ts'

const admin = {
  kind: 'user',
  id: 'user_1',
  role: 'admin',
  sessionId: 's',
  expiresAt: Infinity,
  steppedUpUntil: null,
} as const

it('state and cursor of one snapshot, and the events after it, make the state that comes to be', async () => {
  const database = await databaseForTest()
  const owner = await connectForTest(database.ownerUrl)
  // A state that says which events made it: the numbers of all that were ever added.
  await owner.query('create table entries (n int primary key)')
  const services = await startTestServices(database)
  const other = await startTestServices(database)
  const ctx = createContext({ services, viewer: admin, requestId: 'test', credential: null })

  const total = 600
  let next = 0
  const write = async () => {
    while (next < total) {
      const n = next++
      await transaction({ services: n % 2 ? services : other }, async (tx) => {
        await tx.db.execute(sql`insert into entries values (${n})`)
        tx.record({ stream: 'kyc', type: 'test', subjectId: 's', tags: [], payload: { n } })
      })
    }
  }

  /** As a query that asks for `eventCursor` beside other fields, in either order. */
  const look = (cursorFirst: boolean) =>
    services.db.transaction(
      async (tx) => {
        const readEntries = async () =>
          (await tx.execute<{ n: number }>(sql`select n from entries`)).rows.map(({ n }) => n)
        const entries = cursorFirst ? null : await readEntries()
        const cursor = await readEventCursor(onConnection(ctx, tx))
        return { entries: entries ?? (await readEntries()), place: placeIn(cursor, 'kyc') }
      },
      { isolationLevel: 'repeatable read', accessMode: 'read only' },
    )

  const looks: { entries: number[]; follower: Awaited<ReturnType<typeof startFollower>> }[] = []
  const read = async () => {
    for (let round = 0; next < total; round++) {
      const { entries, place } = await look(round % 2 === 0)
      const follower = await startFollower(round % 3 ? services : other, 'kyc', place)
      looks.push({ entries, follower })
    }
  }
  await Promise.all([...Array.from({ length: 8 }, write), read()])

  expect(looks.length).toBeGreaterThan(20)
  const all = Array.from({ length: total }, (_, n) => n)
  for (const { entries, follower } of looks) {
    await eventually(() => entries.length + follower.seen.length).toBe(total)
    const made = [...entries, ...follower.seen.map(({ payload }) => payload.n as number)]
    expect(made.sort((a, b) => a - b)).toEqual(all)
  }
})

it('the cursor is read from the ends of the streams, however long they are', async () => {
  const database = await databaseForTest()
  const services = await startTestServices(database)
  const client = await connectForTest(database.url)
  const items = Array.from({ length: 500 }, () => ({}))
  for (const stream of ['kyc', 'rates', 'transfers'] as const) {
    for (let n = 0; n < 4; n++) await appendBySql(client, stream, items)
  }
  const ctx = createContext({ services, viewer: anonymous, requestId: 'test', credential: null })
  const asAdmin = { ...ctx, viewer: admin }
  const publicCursor = await readEventCursor(ctx)
  expect(placeIn(publicCursor, 'rates').position).toBe(2_000)
  expect(() => placeIn(publicCursor, 'kyc')).toThrow('no position in the stream kyc')
  const rowsRead = await services.db.transaction(async (tx) => {
    const cursor = await readEventCursor(onConnection(asAdmin, tx))
    expect([placeIn(cursor, 'kyc').position, placeIn(cursor, 'alerts').position]).toEqual([2_000, 0])
    const { rows } = await tx.execute<{ read: number }>(
      sql`select (seq_tup_read + idx_tup_fetch)::int as read from pg_stat_xact_user_tables where relname = 'events'`,
    )
    return rows[0]?.read
  })
  expect(rowsRead).toBeLessThan(10)
})
