import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Stream } from '../src/db/schema/event.ts'
import { ResyncRequiredError } from '../src/errors.ts'
import { verifyLog } from '../src/log/verify.ts'
import { createTestDatabase, type TestDatabase } from './harness/database.ts'
import { appendBySql, connectForTest, databaseForTest, eventually, logOf, startFollower } from './harness/log.ts'
import { startTestServices } from './harness/services.ts'

let shared: TestDatabase
beforeAll(async () => {
  shared = await createTestDatabase()
})
afterAll(() => shared.drop())

/** A superuser in a transaction that is never committed, so that many may share a database. */
async function passing() {
  const superuser = await connectForTest(shared.superuserUrl)
  await superuser.query('begin')
  return superuser
}

/** As a superuser can who wants no trigger to notice. */
async function behindItsBack(superuser: pg.Client, statement: string) {
  await superuser.query('set session_replication_role = replica')
  await superuser.query(statement)
  await superuser.query('set session_replication_role = origin')
}

const firstBadOf = async (client: pg.Client, stream: Stream) =>
  (await verifyLog(client)).find((result) => result.stream === stream)?.firstBad

const fill = (client: pg.Client, stream: Stream, count: number) =>
  appendBySql(
    client,
    stream,
    Array.from({ length: count }, (_, n) => ({ payload: { n } })),
  )

describe('verifyLog', () => {
  it('finds an untouched log whole, and counts its events', async () => {
    const client = await passing()
    await fill(client, 'kyc', 5)
    await fill(client, 'accounts', 2)
    expect(await verifyLog(client)).toEqual([
      { stream: 'accounts', events: 2, firstBad: null },
      { stream: 'alerts', events: 0, firstBad: null },
      { stream: 'kyc', events: 5, firstBad: null },
      { stream: 'rates', events: 0, firstBad: null },
      { stream: 'tokens', events: 0, firstBad: null },
      { stream: 'transfers', events: 0, firstBad: null },
    ])
  })

  const swap = `update events e set payload = o.payload, hash = o.hash, previous_hash = o.previous_hash, created_at = o.created_at
    from events o where (e.position, o.position) in ((3, 5), (5, 3))`
  it.each([
    ['an edited payload', `update events set payload = '{"n": 99}' where position = 4`, 4],
    ['another actor', `update events set actor_id = 'somebody else' where position = 6`, 6],
    ['another time', `update events set created_at = created_at - interval '1 microsecond' where position = 2`, 2],
    ['a time that is none', `update events set created_at = 'infinity' where position = 2`, 2],
    [
      'an edit with its own hash made to fit',
      `update events set payload = '{}', hash = event_hash(previous_hash,
      stream, position, type, subject_id, actor_id, tags, '{}', created_at) where position = 4`,
      5,
    ],
    ['a deleted middle row', `delete from events where position = 4`, 5],
    ['a deleted beginning', `delete from events where position <= 2`, 3],
    [
      'a deleted beginning, with a trim on record that this stream does not have',
      `with cut as (delete from events where position <= 2 returning *)
        insert into event_trims (stream, position, hash) select stream, position, hash from cut where position = 2`,
      3,
    ],
    ['swapped rows', swap, 3],
  ])('names the position of %s', async (_what, statement, position) => {
    const client = await passing()
    await fill(client, 'kyc', 8)
    await behindItsBack(client, statement)
    expect(await firstBadOf(client, 'kyc')).toBe(position)
  })
})

describe('trim_events', () => {
  it('cuts a prefix of transfers and rates, puts it on record, and leaves a whole log', async () => {
    const client = await passing()
    for (const stream of ['transfers', 'rates'] as const) {
      const events = await fill(client, stream, 6)
      expect((await client.query('select trim_events($1, 4)::int as cut', [stream])).rows).toEqual([{ cut: 4 }])
      const left = await client.query('select position::int from events where stream = $1 order by 1', [stream])
      expect(left.rows).toEqual([{ position: 5 }, { position: 6 }])
      const trims = await client.query(
        `select position::int, encode(hash, 'hex') as hash from event_trims where stream = $1`,
        [stream],
      )
      expect(trims.rows).toEqual([{ position: 4, hash: events[3]?.hash }])
      await fill(client, stream, 1)
      expect(await firstBadOf(client, stream)).toBe(null)
    }
  })

  it('leaves the last event of a stream, and nothing on record where nothing was cut', async () => {
    const client = await passing()
    expect((await client.query(`select trim_events('rates', 10)::int as cut`)).rows).toEqual([{ cut: 0 }])
    await fill(client, 'rates', 3)
    expect((await client.query(`select trim_events('rates', 1000)::int as cut`)).rows).toEqual([{ cut: 2 }])
    expect((await client.query(`select trim_events('rates', 1000)::int as cut`)).rows).toEqual([{ cut: 0 }])
    expect((await client.query(`select position::int from event_trims`)).rows).toEqual([{ position: 2 }])
    const [next] = await fill(client, 'rates', 1)
    expect(next?.position).toBe(4)
    expect(await firstBadOf(client, 'rates')).toBe(null)
  })

  it.each(['accounts', 'alerts', 'kyc', 'tokens'] as const)('refuses the stream %s', async (stream) => {
    const client = await passing()
    await fill(client, stream, 3)
    await client.query('savepoint filled')
    await expect(client.query('select trim_events($1, 2)', [stream])).rejects.toMatchObject({ code: '42501' })
    await client.query('rollback to filled')
    expect((await client.query('select from events where stream = $1', [stream])).rowCount).toBe(3)
  })

  it('shows what was deleted beside it', async () => {
    const client = await passing()
    await fill(client, 'transfers', 6)
    await client.query(`select trim_events('transfers', 2)`)
    await behindItsBack(client, `delete from events where position = 3`)
    expect(await firstBadOf(client, 'transfers')).toBe(4)
  })

  it('makes whoever comes with a cursor from before the cut read the state again', async () => {
    const database = await databaseForTest()
    const client = await connectForTest(database.url)
    const events = await fill(client, 'transfers', 6)
    await client.query(`select trim_events('transfers', 4)`)
    // Begun after the cut: it remembers nothing of what lay before.
    const services = await startTestServices(database)
    for (const place of [{ position: 0, hash: '0'.repeat(16) }, events[1]!, events[3]!]) {
      await expect(startFollower(services, 'transfers', place)).rejects.toBeInstanceOf(ResyncRequiredError)
    }
    const follower = await startFollower(services, 'transfers', events[4])
    await eventually(() => follower.seen.map(({ position }) => position)).toEqual([6])
    expect(await logOf(services, 'transfers')).toHaveLength(2)
  })
})

describe('the log is append-only', () => {
  const changes = [
    `update events set payload = '{}'`,
    `delete from events`,
    `truncate events`,
    `update event_trims set position = 1`,
    `delete from event_trims`,
    `truncate event_trims`,
    `truncate events, event_trims`,
  ]
  const inserts = [
    `insert into events values ('kyc', 1, 't', 's', null, '{}', '{}', now(), '\\x00', '\\x00')`,
    `insert into event_trims (stream, position, hash) values ('transfers', 3, '\\x00')`,
  ]
  const ways = ['alter table events disable trigger all', 'set session_replication_role = replica']
  let before: unknown[]

  const rows = async (client: pg.Client) =>
    (await client.query('select e.*, t.* from events e full join event_trims t on false')).rows

  beforeAll(async () => {
    const client = new pg.Client(shared.url)
    await client.connect()
    await fill(client, 'transfers', 3)
    await client.query(`select trim_events('transfers', 1)`)
    before = await rows(client)
    expect(before).toHaveLength(3)
    await client.end()
  })

  it.each(changes)('for its owner: %s', async (statement) => {
    const owner = await connectForTest(shared.ownerUrl)
    await expect(owner.query(statement)).rejects.toMatchObject({ code: '42501', message: /append-only/ })
    expect(await rows(owner)).toEqual(before)
  })

  it.each([...changes, ...inserts, ...ways])("for the gateway's own role: %s", async (statement) => {
    const client = await connectForTest(shared.url)
    const refusal = { code: '42501', message: /permission denied|must be owner/ }
    await expect(client.query(statement)).rejects.toMatchObject(refusal)
    expect(await rows(client)).toEqual(before)
  })
})
