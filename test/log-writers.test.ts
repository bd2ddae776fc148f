import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { transaction } from '../src/db/transaction.ts'
import { AppError } from '../src/errors.ts'
import type { LoggedEvent } from '../src/log/event.ts'
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
} from './harness/log.ts'
import { redisOfStack, withAndWithoutRedis } from './harness/redis.ts'
import { startTestServices } from './harness/services.ts'

const redis = redisOfStack()
beforeAll(() => redis.start())
afterAll(() => redis.stop())

/** What became of a write, as its writer is told. */
async function write(services: Services, id: string) {
  try {
    await recordEvent(services, 'kyc', { id })
    return { id, outcome: 'committed' as const }
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'UNAVAILABLE') throw error
    return { id, outcome: error.details.retryable ? ('refused' as const) : ('unknown' as const) }
  }
}

/** A subscriber as a client is one: cut off, it comes back with its cursor. */
async function startClient(services: Services) {
  const { pool, tails } = services
  const seen: LoggedEvent[] = []
  const connect = (after: LoggedEvent | null) =>
    follow({ pool, tails, stream: 'kyc', after, select: async (event) => event })
  let events = await connect(null)
  const state = { stopped: false }
  const ended = (async () => {
    while (!state.stopped) {
      try {
        for await (const event of events) seen.push(event)
      } catch {
        const again = await connect(seen.at(-1) ?? null).catch(() => null)
        if (again) events = again
        else await sleep(10)
      }
    }
  })()
  return {
    seen,
    async stop() {
      state.stopped = true
      await events.return?.()
      await ended
    },
  }
}

/** Reads what is new again and again, and keeps each first number that is not the next. */
function startReader(client: pg.Client) {
  const state = { stopped: false, last: 0, gaps: [] as string[] }
  const ended = (async () => {
    while (!state.stopped) {
      const { rows } = await client.query<{ position: number }>(
        `select position::int from events where stream = 'kyc' and position > $1 order by position`,
        [state.last],
      )
      for (const { position } of rows) {
        if (position !== state.last + 1) state.gaps.push(`${state.last} ${position}`)
        state.last = position
      }
    }
  })()
  return {
    state,
    async stop() {
      state.stopped = true
      await ended
    },
  }
}

/** Ends connections of the gateways at random, those of the tails too. */
function startKiller(superuser: pg.Client, database: string) {
  const state = { stopped: false, kills: 0 }
  const ended = (async () => {
    while (!state.stopped) {
      const { rowCount } = await superuser.query(
        `select pg_terminate_backend(pid) from (select pid from pg_stat_activity
           where datname = $1 and application_name like 'gatehouse %' order by random() limit 2) victims`,
        [database],
      )
      state.kills += rowCount ?? 0
      await sleep(10)
    }
  })()
  return {
    state,
    async stop() {
      state.stopped = true
      await ended
    },
  }
}

describe.each(withAndWithoutRedis)('two hundred writers in two processes, $name', ({ withRedis }) => {
  it('whose connections are killed at random leave dense positions that every follower sees once, in order', async () => {
    const database = await databaseForTest()
    const options = { redisUrl: withRedis ? redis.url() : undefined, variables: { DATABASE_WAIT_MS: '20000' } }
    const processes = [await startTestServices(database, options), await startTestServices(database, options)] as const
    const clients = await Promise.all([...processes, ...processes].map(startClient))
    const reader = startReader(await connectForTest(database.url))
    const killer = startKiller(await connectForTest(database.superuserUrl), database.name)

    const told = await Promise.all(
      Array.from({ length: 200 }, async (_, writer) => {
        const services = processes[writer % 2]!
        const outcomes = []
        for (const n of [1, 2, 3, 4, 5]) outcomes.push(await write(services, `${writer}-${n}`))
        return outcomes
      }),
    ).then((outcomes) => outcomes.flat())
    await killer.stop()

    const log = await logOf(processes[0], 'kyc')
    expect(killer.state.kills).toBeGreaterThan(20)
    expect(log.map(({ position }) => position)).toEqual(log.map((_, index) => index + 1))
    const logged = log.map(({ payload }) => payload.id as string)
    expect(new Set(logged).size).toBe(logged.length)
    const idsOf = (outcome: string) => told.filter((write) => write.outcome === outcome).map(({ id }) => id)
    expect(logged).toEqual(expect.arrayContaining(idsOf('committed')))
    expect(idsOf('refused').filter((id) => logged.includes(id))).toEqual([])
    expect(logged.filter((id) => !idsOf('committed').includes(id) && !idsOf('unknown').includes(id))).toEqual([])

    await eventually(() => clients.map(({ seen }) => seen.length)).toEqual(clients.map(() => log.length))
    for (const { seen } of clients) expect(placesOf(seen)).toEqual(placesOf(log))
    await eventually(() => reader.state.last).toBe(log.length)
    expect(reader.state.gaps).toEqual([])
    await reader.stop()
    for (const client of clients) await client.stop()
  }, 120_000)
})

describe('a writer that freezes between append and COMMIT', () => {
  it('holds up the others for a second, then is gone with what it wrote', async () => {
    const database = await databaseForTest()
    // Whoever waits for longer than two seconds is refused.
    const services = await startTestServices(database, { variables: { DATABASE_LOCK_TIMEOUT_MS: '2000' } })
    const frozen = await connectForTest(database.url)
    await frozen.query('begin')
    await appendBySql(frozen, 'kyc', [{ payload: { by: 'frozen' } }])
    await Promise.all([1, 2, 3].map((n) => recordEvent(services, 'kyc', { n })))
    await expect(frozen.query('commit')).rejects.toThrow(/not queryable|terminating connection due to idle/)
    const log = await logOf(services, 'kyc')
    expect(log.map(({ payload }) => payload.n).sort()).toEqual([1, 2, 3])
    expect(log.map(({ position }) => position)).toEqual([1, 2, 3])
  })

  it.each(['commit', 'append_events'])(
    'is not a gateway: COMMIT goes with the append (frozen at %s)',
    async (moment) => {
      const freeze = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500)
      let asked = 0
      const services = await startTestServices(await databaseForTest(), {
        onQuery(statement) {
          if (!statement.includes(moment) || asked++ > 0) return
          if (moment === 'commit') freeze()
          else process.nextTick(() => queueMicrotask(freeze))
        },
      })
      await recordEvent(services, 'kyc', {})
      expect(asked).toBe(1)
      expect((await logOf(services, 'kyc')).length).toBe(1)
    },
  )
})

it('a COMMIT whose answer is lost is told as what it is: nobody knows', async () => {
  const database = await databaseForTest()
  const superuser = await connectForTest(database.superuserUrl)
  // A deferred trigger that takes its time: the connection is cut while COMMIT is at work.
  await superuser.query(`create table slow (id int);
    create function take_time() returns trigger language plpgsql as $$ begin perform pg_sleep(20); return null; end $$;
    create constraint trigger slow_commit after insert on slow deferrable initially deferred for each row execute function take_time();
    grant insert on slow to gatehouse_gateway`)
  const services = await startTestServices(database)
  const written = transaction({ services }, async (tx) => {
    await tx.db.execute('insert into slow values (1)')
    tx.record({ stream: 'kyc', type: 'test', subjectId: 's', tags: [], payload: {} })
  })
  const cut = async () => {
    const { rowCount } = await superuser.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'`,
    )
    return rowCount
  }
  const told = expect(written).rejects.toMatchObject({ code: 'UNAVAILABLE', details: { retryable: false } })
  await eventually(cut).toBe(1)
  await told
})

it('a writer that is ended while it waits for its stream has changed nothing, and is told so', async () => {
  const database = await databaseForTest()
  const services = await startTestServices(database)
  const [other, superuser] = [await connectForTest(database.superuserUrl), await connectForTest(database.superuserUrl)]
  await other.query('begin')
  await other.query(`select pg_advisory_xact_lock(723552, hashtext('kyc'))`)
  const told = expect(recordEvent(services, 'kyc')).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    details: { retryable: true },
  })
  const end = async () => {
    const { rowCount } = await superuser.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and wait_event = 'advisory'`,
    )
    return rowCount
  }
  await eventually(end).toBe(1)
  await told
  await other.query('rollback')
  expect(await logOf(services, 'kyc')).toEqual([])
})

it('appends leave nothing to clean up, however long a snapshot is open', async () => {
  const database = await databaseForTest()
  const snapshot = await connectForTest(database.url)
  await snapshot.query('begin isolation level repeatable read')
  await snapshot.query('select from events')
  const services = await startTestServices(database, { variables: { DATABASE_WAIT_MS: '20000' } })
  await Promise.all(Array.from({ length: 500 }, (_, n) => recordEvent(services, 'rates', { n })))
  // A backend has told of all that it did when it ends.
  await services[Symbol.asyncDispose]()
  const superuser = await connectForTest(database.superuserUrl)
  const inserted = async () => {
    const { rows } = await superuser.query(
      `select n_tup_ins::int as inserted from pg_stat_user_tables where relname = 'events'`,
    )
    return rows[0]?.inserted
  }
  await eventually(inserted).toBe(500)
  const { rows } = await superuser.query(
    `select relname from pg_stat_user_tables where n_tup_upd + n_tup_del + n_dead_tup > 0`,
  )
  expect(rows).toEqual([])
  expect((await snapshot.query('select from events')).rowCount).toBe(0)
})
