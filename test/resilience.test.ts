import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { transaction } from '../src/db/transaction.ts'
import { createReadiness } from '../src/server/health.ts'
import { graphql } from './graphql/index.ts'
import type { Answer } from './harness/client.ts'
import { people, type Stack, stackForTest, startStack, type TestGateway } from './harness/index.ts'
import { jobsDone } from './harness/jobs.ts'
import { draft, kycOperations } from './harness/kyc.ts'
import { connectForTest, eventually } from './harness/log.ts'
import { startOwnPostgres } from './harness/postgres.ts'
import { wayForTest } from './harness/way.ts'

let stack: Stack
let gateway: TestGateway
let seed: ReturnType<typeof people>

beforeAll(async () => {
  stack = await startStack()
  gateway = await stack.startGateway({
    DATABASE_POOL_MAX: '2',
    DATABASE_STATEMENT_TIMEOUT_MS: '1500',
    DATABASE_LOCK_TIMEOUT_MS: '1200',
    DATABASE_IDLE_IN_TRANSACTION_MS: '500',
  })
  seed = people(gateway)
})
afterAll(() => stack.stop())

const read = graphql(`query ReadOwn { kycApplications(first: 1) { nodes { version firstName } } }`)
const nodeOf = (data: { kycApplications: { nodes: { version: number; firstName?: string | null }[] } } | null) =>
  data?.kycApplications.nodes[0]
const rename = graphql(`
  mutation Rename($id: ID!, $name: String!) {
    updateKycApplication(input: { applicationId: $id, details: { firstName: $name } }) { application { version } }
  }
`)

const unavailable = (retryable: boolean) => ({
  status: 503,
  errors: [{ extensions: { code: 'UNAVAILABLE', retryable } }],
})
const isUnavailable = ({ status, errors }: Answer<unknown>) =>
  status === 503 && errors[0]?.extensions?.code === 'UNAVAILABLE'

/** A way to PostgreSQL on which, once told to, the answer to the next COMMIT is lost, and its connection with it. */
async function startLossyWay(target: string) {
  let losesCommit = false
  let losing: Socket | null = null
  const { url } = await wayForTest(target, (from, to, isAnswer) =>
    from.on('data', (chunk) => {
      // PostgreSQL has answered, so it is done; the answer is not passed on.
      if (isAnswer && to === losing) return to.destroy()
      if (!isAnswer && losesCommit && chunk.includes('commit')) {
        losesCommit = false
        losing = from
      }
      return to.write(chunk)
    }),
  )
  return {
    url,
    loseNextCommit() {
      losesCommit = true
    },
  }
}

/** A way to PostgreSQL on which no answer comes any more after a word of ours, until it is told otherwise. */
async function startSilentWay(target: string) {
  let from: string | null = null
  let isSilent = false
  const { url } = await wayForTest(target, (sender, receiver, isAnswer) =>
    sender.on('data', (chunk) => {
      if (!isAnswer && from !== null && chunk.includes(from)) isSilent = true
      return isAnswer && isSilent ? undefined : receiver.write(chunk)
    }),
  )
  return {
    url,
    silenceFrom(word: string) {
      from = word
    },
    speak() {
      from = null
      isSilent = false
    },
  }
}

const asSuperuser = () => connectForTest(stack.database.superuserUrl)
const ofGateway = `datname = current_database() and application_name = 'gatehouse gateway'`
const countOf = async (client: pg.Client, condition: string) => {
  const { rows } = await client.query<{ count: number }>(
    `select count(*)::int from pg_stat_activity where ${ofGateway} and ${condition}`,
  )
  return rows[0]?.count
}

describe('D7: connections', () => {
  it('a gateway whose pools do not fit into PostgreSQL refuses to start, and says what to change', async () => {
    const postgres = await startOwnPostgres({ max_connections: '20', superuser_reserved_connections: '3' })
    const own = await stackForTest()
    const start = (poolMax: string, ownerUrl = postgres.ownerUrl) =>
      own.startGateway({
        DATABASE_URL: postgres.url,
        DATABASE_OWNER_URL: ownerUrl,
        DATABASE_POOL_MAX: poolMax,
      })
    await expect(start('7')).rejects.toMatchObject({
      faults: [
        'DATABASE_POOL_MAX: with 7 this process may open 13 connections, which with 8 kept free do not fit into the 20 of PostgreSQL: set it to 6 or less, or raise its max_connections to 21 or more',
      ],
    })
    const { url } = await start('6')
    await eventually(async () => (await fetch(`${url}/readyz`)).status).toBe(200)
    // Without jobs there are four more for requests.
    await start('10', '')
    await expect(start('11', '')).rejects.toThrow('set it to 10 or less')
  })

  it('a full pool is UNAVAILABLE after the wait, and whoever got a connection is served', async () => {
    // Whoever got a connection keeps it for as long as this takes.
    const full = await stack.startGateway({
      DATABASE_OWNER_URL: '',
      DATABASE_POOL_MAX: '2',
      DATABASE_WAIT_MS: '2000',
      DATABASE_STATEMENT_TIMEOUT_MS: '60000',
      DATABASE_LOCK_TIMEOUT_MS: '60000',
    })
    const person = await people(full).investor()
    await draft(person)
    const [holder, superuser] = [await asSuperuser(), await asSuperuser()]
    await holder.query('begin; lock table kyc_applications in access exclusive mode')
    // Each on a connection of its own.
    const ask = () => person.ask(read, {}, { 'cache-control': 'no-store' })
    const first = [ask(), ask()]
    await eventually(() => countOf(superuser, `wait_event_type = 'Lock'`)).toBe(2)
    const rest = await Promise.all(Array.from({ length: 8 }, ask))
    for (const answer of rest) expect(answer).toMatchObject(unavailable(true))
    await holder.query('rollback')
    for (const answer of await Promise.all(first)) expect(nodeOf(answer.data)?.version).toBe(1)
    expect(nodeOf(await person.get(read))?.version).toBe(1)
  })
})

it('however many ask whether it is ready, PostgreSQL and the store are asked by one', async () => {
  const own = await stack.startGateway({ DATABASE_OWNER_URL: '' })
  let looks = 0
  own.services.storage.client.middlewareStack.add(
    (next) => (asked) => {
      looks += 1
      return next(asked)
    },
    { step: 'initialize' },
  )
  const isReady = createReadiness(own.services)
  const answers = await Promise.all(Array.from({ length: 100 }, isReady))
  expect(new Set(answers).size).toBe(1)
  expect(looks).toBe(1)
  // A look is over with its answer: who comes later has one of their own.
  await isReady()
  expect(looks).toBe(2)
})

describe('D8: time', () => {
  it('a statement that takes too long is TIMEOUT, and leaves nothing', async () => {
    const [person, superuser] = [await seed.investor(), await asSuperuser()]
    await superuser.query(`
      create function sleep_long() returns trigger language plpgsql as $$ begin perform pg_sleep(60); return new; end $$;
      create trigger sleeps before insert on kyc_applications for each row execute function sleep_long()`)
    expect((await person.refusal(kycOperations.create, {})).code).toBe('TIMEOUT')
    await superuser.query('drop function sleep_long cascade')
    const { rowCount } = await superuser.query('select from kyc_applications where user_id = $1', [person.id])
    expect(rowCount).toBe(0)
    await draft(person)
  })

  it('a lock that does not come in time is UNAVAILABLE, to be tried again', async () => {
    const [person, superuser] = [await seed.investor(), await asSuperuser()]
    const id = await draft(person)
    await superuser.query(`begin; select from kyc_applications where id = '${id}' for update`)
    expect(await person.ask(rename, { id, name: 'Late' })).toMatchObject(unavailable(true))
    await superuser.query('rollback')
    expect((await person.get(rename, { id, name: 'Now' })).updateKycApplication.application.version).toBe(2)
  })

  it('a transaction that says nothing is ended, and its locks with it', async () => {
    const [person, superuser] = [await seed.investor(), await asSuperuser()]
    const silent = transaction({ services: gateway.services }, async (tx) => {
      await tx.db.execute(sql`select from users where id = ${person.id} for update`)
      await eventually(() => countOf(superuser, `state = 'idle in transaction'`)).toBe(1)
      await eventually(() => countOf(superuser, `state = 'idle in transaction'`)).toBe(0)
      await superuser.query(`select from users where id = '${person.id}' for update nowait`)
      await tx.db.execute(sql`select 1`)
    })
    await expect(silent).rejects.toMatchObject({ code: 'UNAVAILABLE', details: { retryable: true } })
  })
})

describe('D8: a connection that is lost during COMMIT', () => {
  it('may have committed nothing: UNAVAILABLE, not to be tried again blindly', async () => {
    const [person, superuser] = [await seed.investor(), await asSuperuser()]
    await superuser.query(`
      create function sleep_long() returns trigger language plpgsql as $$ begin perform pg_sleep(60); return null; end $$;
      create constraint trigger sleeps after insert on kyc_applications
        deferrable initially deferred for each row execute function sleep_long()`)
    const asked = person.ask(kycOperations.create, {})
    await eventually(() => countOf(superuser, `query = 'commit' and wait_event = 'PgSleep'`)).toBe(1)
    await superuser.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where ${ofGateway} and wait_event = 'PgSleep'`,
    )
    expect(await asked).toMatchObject(unavailable(false))
    await superuser.query('drop function sleep_long cascade')
    await draft(person)
  })

  it('may have committed everything: the same', async () => {
    const way = await startLossyWay(stack.database.url)
    // Without jobs: it outlives its way, and would take those of the others.
    const behind = await stack.startGateway({ DATABASE_URL: way.url, DATABASE_OWNER_URL: '' })
    const person = await people(behind).investor()
    way.loseNextCommit()
    expect(await person.ask(kycOperations.create, {})).toMatchObject(unavailable(false))
    expect((await person.refusal(kycOperations.create, {})).code).toBe('CONFLICT')
  })
})

describe('D8: a server that falls silent', () => {
  it('is UNAVAILABLE, and nobody gets a connection that it was silent on', async () => {
    const way = await startSilentWay(stack.database.url)
    const behind = await stack.startGateway({
      DATABASE_URL: way.url,
      DATABASE_OWNER_URL: '',
      DATABASE_STATEMENT_TIMEOUT_MS: '500',
      DATABASE_WAIT_MS: '500',
      DATABASE_POOL_MAX: '2',
    })
    const person = await people(behind).investor()
    way.silenceFrom('commit')
    expect(await person.ask(kycOperations.create, {})).toMatchObject(unavailable(false))
    expect(await person.ask(read)).toMatchObject(unavailable(true))
    way.speak()
    await eventually(async () => (await fetch(`${behind.url}/readyz`)).status).toBe(200)
    expect((await person.refusal(kycOperations.create, {})).code).toBe('CONFLICT')
  })
})

describe('D8: PostgreSQL comes and goes', () => {
  it('stopped it is UNAVAILABLE and not ready; restarted all works again by itself', async () => {
    const postgres = await startOwnPostgres()
    const own = await stackForTest()
    const { url, ownerUrl } = postgres
    const tried = await own.startGateway({ DATABASE_URL: url, DATABASE_OWNER_URL: ownerUrl, DATABASE_WAIT_MS: '2000' })
    const person = await people(tried).investor()
    const id = await draft(person)
    const readiness = async () => (await fetch(`${tried.url}/readyz`)).status
    expect(await readiness()).toBe(200)

    await postgres.stop()
    expect(await readiness()).toBe(503)
    expect(await person.ask(read)).toMatchObject(unavailable(true))
    expect(await person.ask(rename, { id, name: 'Nobody' })).toMatchObject(unavailable(true))
    expect((await fetch(`${tried.url}/healthz`)).status).toBe(200)

    await postgres.restart()
    await eventually(readiness).toBe(200)
    expect((await person.get(rename, { id, name: 'Again' })).updateKycApplication.application.version).toBe(2)
    expect(nodeOf(await person.get(read))).toEqual({ version: 2, firstName: 'Again' })
  })

  it('backends that are terminated under load: every answer is right or UNAVAILABLE, and what was acknowledged is there', async () => {
    const loaded = await stack.startGateway()
    const crowd = people(loaded)
    const writers = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const person = await crowd.investor()
        return { person, id: await draft(person), acknowledged: [] as number[] }
      }),
    )
    const killer = await asSuperuser()
    let killed = 0
    let busy = true
    const killing = (async () => {
      while (busy) {
        // Any of its connections: those of requests, of the tails, of the jobs.
        const { rowCount } = await killer.query(`select pg_terminate_backend(pid) from (select pid from pg_stat_activity
          where datname = current_database() and application_name like 'gatehouse %' order by random() limit 2) chosen`)
        killed += rowCount ?? 0
        await sleep(15)
      }
    })()
    let failed = 0
    await Promise.all(
      writers.map(async ({ person, id, acknowledged }) => {
        for (let n = 0; n < 25; n++) {
          const written = await person.ask(rename, { id, name: `Name ${n}` })
          const seen = await person.ask(read)
          const version = written.data?.updateKycApplication.application.version
          if (version) acknowledged.push(version)
          else if (isUnavailable(written)) failed += 1
          else throw new Error(`neither right nor UNAVAILABLE: ${JSON.stringify(written)}`)
          if (seen.data) expect(nodeOf(seen.data)?.version).toBeGreaterThanOrEqual(acknowledged.at(-1) ?? 1)
          else expect(isUnavailable(seen), JSON.stringify(seen)).toBe(true)
        }
      }),
    )
    busy = false
    await killing
    expect([killed > 20, failed > 0]).toEqual([true, true])

    for (const { id, acknowledged } of writers) {
      const { rows } = await killer.query<{ version: number }>(
        `select (payload ->> 'version')::int as version from events where stream = 'kyc' and subject_id = $1 order by position`,
        [id],
      )
      const versions = rows.map(({ version }) => version)
      // Every version has its one event, whether its writer was told or not.
      expect(versions).toEqual(versions.map((_, index) => index + 1))
      expect(acknowledged.filter((version) => !versions.includes(version))).toEqual([])
      const application = await killer.query('select version from kyc_applications where id = $1', [id])
      expect(application.rows).toEqual([{ version: versions.length }])
    }
    await eventually(async () => (await fetch(`${loaded.url}/readyz`)).status).toBe(200)
    // The worker listens again: a job that is added now runs at once. The crontab's own, if its minute fell into
    // the storm, waits for its next try.
    await killer.query(`select add_job('kyc.expire', '{}', 'after the storm')`)
    await jobsDone(stack.database, 'kyc.expire', 'after the storm')
  })
})
