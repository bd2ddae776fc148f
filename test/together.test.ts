import { execute, parse } from 'graphql'
import type { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createContext } from '../src/context.ts'
import { createTogether } from '../src/db/together.ts'
import type { Viewer } from '../src/permissions.ts'
import { requestScope } from '../src/request-scope.ts'
import { schema } from '../src/schema/index.ts'
import { people, type Stack, startStack, type TestGateway } from './harness/index.ts'
import { draft } from './harness/kyc.ts'
import { connectForTest, eventually } from './harness/log.ts'
import { readMetrics } from './harness/metrics.ts'
import { createSlowLog } from './harness/slow-statements.ts'

let stack: Stack
beforeAll(async () => {
  stack = await startStack()
})
afterAll(() => stack.stop())

type Rows = { rows: Record<string, unknown>[] }
type Options = { variables?: Record<string, string>; logger?: pino.Logger }

async function start({ variables = {}, logger }: Options = {}) {
  const gateway = await stack.startGateway({ DATABASE_OWNER_URL: '', ...variables }, logger ? { logger } : {})
  const { pool } = gateway.services
  const together = createTogether(pool)
  const ask = (text: string, ...values: unknown[]) =>
    together.query({ text }, values).then((found) => (found as Rows).rows[0]!)
  return { pool, together, ask, backend: () => ask('select pg_backend_pid() as pid').then(({ pid }) => pid as number) }
}

const settled = (asked: Promise<unknown>[]) =>
  Promise.allSettled(asked).then((all) => all.map((one) => (one.status === 'fulfilled' ? one.value : one.reason)))

describe('statements of one turn', () => {
  it('share connections, and each has its own answer', async () => {
    const { ask } = await start()
    const text = 'select pg_backend_pid() as pid, $1::int as number'
    const found = await Promise.all(Array.from({ length: 40 }, (_, number) => ask(text, number)))
    expect(found.map(({ number }) => number)).toEqual(Array.from({ length: 40 }, (_, number) => number))
    expect(new Set(found.map(({ pid }) => pid)).size).toBe(3)
  })

  it('fail each for itself, on a connection that nobody gets after them', async () => {
    const { ask, backend, pool } = await start({ variables: { DATABASE_POOL_MAX: '1' } })
    const divide = 'select 6 / $1::int as found'
    const unwritable = {
      toPostgres() {
        throw new Error('not to be written')
      },
    }
    const [before, ...found] = await settled([
      backend(),
      ask(divide, 0),
      ask(divide, 1),
      ask('select $1::text as found', unwritable),
      ask(divide, 0),
      ask(divide, 2),
    ])
    const byZero = expect.objectContaining({ code: '22012' })
    const notWritten = expect.objectContaining({ message: 'not to be written' })
    expect(found).toEqual([byZero, { found: 6 }, notWritten, byZero, { found: 3 }])
    const [next] = await settled([backend(), ask(divide, 0), ask(divide, 1)])
    expect(next).not.toBe(before)
    expect(await backend()).not.toBe(next)
    expect(await settled([ask('select $1::text', unwritable)])).toEqual([notWritten])
    expect((await pool.query('select 1 as found')).rows).toEqual([{ found: 1 }])
  })

  it('are asked again for themselves when the connection goes under them', async () => {
    const { ask, backend, pool } = await start({ variables: { DATABASE_POOL_MAX: '1' } })
    const [before, ended, ...behind] = await settled([
      backend(),
      ask('select pg_terminate_backend(pg_backend_pid())'),
      backend(),
      backend(),
    ])
    expect(ended).toMatchObject({ code: '57P01' })
    for (const pid of behind) expect(pid).toEqual(expect.any(Number))
    expect(behind).not.toContain(before)
    expect(pool.totalCount).toBe(1)
  })

  it('do not fail with another one that was to prepare what they name', async () => {
    const { slow, logger } = createSlowLog()
    const { pool, together } = await start({
      variables: { DATABASE_LOCK_TIMEOUT_MS: '300', SLOW_QUERY_MS: '200' },
      logger,
    })
    const holder = await connectForTest(stack.database.superuserUrl)
    await holder.query('begin; lock table system_alerts in access exclusive mode')
    const askAs = (requestId: string) =>
      requestScope.runNow(requestId, () =>
        together.query({ name: 'alerts', text: 'select count(*) from system_alerts' }),
      )
    const found = await settled([askAs('one'), askAs('two')])
    for (const error of found) expect(error).toMatchObject({ code: '55P03' })
    const failed = slow().filter(({ code }) => code === '55P03')
    expect(failed.map(({ requestId }) => requestId)).toEqual(['one', 'two'])
    await holder.query('rollback')
    await eventually(() => pool.idleCount).toBe(pool.totalCount)
  })

  it('leave the connection as it was', async () => {
    const { backend, pool } = await start({ variables: { DATABASE_POOL_MAX: '1' } })
    const pids = await Promise.all([backend(), backend()])
    const client = await pool.connect()
    const { rows } = await client.query('select pg_backend_pid() as pid')
    expect([rows[0].pid, (client as unknown as { pipeline: boolean }).pipeline]).toEqual([pids[0], false])
    client.release()
  })

  it('all fail where there is no connection for them', async () => {
    const { backend, pool } = await start({ variables: { DATABASE_POOL_MAX: '1', DATABASE_WAIT_MS: '300' } })
    const held = await pool.connect()
    const found = await settled([backend(), backend()])
    held.release()
    for (const error of found) expect(error).toMatchObject({ message: expect.stringContaining('timeout') })
    expect(await backend()).toEqual(expect.any(Number))
  })

  it('do not wait behind one that takes long: they are asked again, within the bounds of the pool', async () => {
    const variables = {
      DATABASE_LOCK_TIMEOUT_MS: '60000',
      DATABASE_STATEMENT_TIMEOUT_MS: '60000',
      DATABASE_POOL_MAX: '2',
    }
    const holder = await connectForTest(stack.database.superuserUrl)
    const count = `select count(*)::int from pg_stat_activity where application_name = 'gatehouse gateway' and datname = current_database()`
    const opened = async () => (await holder.query(count)).rows[0].count as number
    const before = await opened()
    const { ask, backend, pool } = await start({ variables })
    await holder.query('begin; lock table system_alerts in access exclusive mode')
    const first = backend()
    const locked = ask('select count(*)::int as found from system_alerts')
    const behind = await Promise.all(Array.from({ length: 6 }, backend))
    expect(new Set([await first, ...behind]).size).toBe(2)
    expect((await opened()) - before).toBeLessThanOrEqual(2)
    await holder.query('rollback')
    expect(await locked).toEqual({ found: expect.any(Number) })
    await eventually(() => pool.idleCount).toBe(2)
    expect((await opened()) - before).toBeLessThanOrEqual(2)
  })

  it('are not asked again because this process slept', async () => {
    const { backend } = await start()
    const pid = await backend()
    const asked = Array.from({ length: 8 }, backend)
    // They are on their way, and no answer has been read.
    await new Promise(setImmediate)
    const wakesAt = performance.now() + 1_500
    while (performance.now() < wakesAt);
    expect(new Set(await Promise.all(asked))).toEqual(new Set([pid]))
  })

  it('count and are logged each for its own time and request', async () => {
    const { slow, logger } = createSlowLog()
    const { ask } = await start({ variables: { SLOW_QUERY_MS: '100' }, logger })
    const sleepFor = (seconds: number) => ask('select pg_sleep($1::float)', seconds)
    await Promise.all([
      requestScope.runNow('quick', () => sleepFor(0)),
      requestScope.runNow('slow', () => sleepFor(0.4)),
      requestScope.runNow('behind', () => sleepFor(0)),
    ])
    await sleepFor(0.4)
    const sleeping = slow().filter(({ statement }) => /pg_sleep/.test(statement))
    expect(sleeping.map(({ requestId }) => requestId)).toEqual(['slow', 'none'])
  })
})

describe('reads that many ask for at once', () => {
  let gateway: TestGateway
  const crowd: { id: string; email: string; applicationId: string; viewer: Viewer }[] = []
  beforeAll(async () => {
    gateway = await stack.startGateway({ DATABASE_OWNER_URL: '', METRICS_PORT: '0' })
    const seed = people(gateway)
    for (let i = 0; i < 12; i++) {
      const person = await seed.investor()
      const viewer = await gateway.services.viewers.resolve(person.token)
      crowd.push({ id: person.id, email: person.email, applicationId: await draft(person), viewer })
    }
  })
  type Person = (typeof crowd)[number]

  async function askAll(text: string) {
    const document = parse(text)
    const ask = ({ id, applicationId, viewer }: Person) => {
      const contextValue = createContext({ services: gateway.services, viewer, requestId: 'test', credential: null })
      return execute({ schema, document, contextValue, variableValues: { id, applicationId } })
    }
    for (let use = 0; use < 4; use++) await ask(crowd[0]!)
    const before = await readMetrics(gateway.metricsUrl!)
    const answers = await Promise.all(crowd.map(ask))
    const after = await readMetrics(gateway.metricsUrl!)
    const [statements, connections] = ['statement_duration', 'pool_wait'].map((name) => {
      const [all, pool] = [`gatehouse_${name}_seconds_count`, { pool: 'gateway' }]
      return after.sum(all, pool)! - before.sum(all, pool)!
    })
    return { answers, statements, connections }
  }
  const answersOf = (dataOf: (person: Person) => object) => crowd.map((person) => ({ data: dataOf(person) }))

  it('go together when they are of one row, and everybody gets their own', async () => {
    const found = await askAll('query ($id: ID!) { user(id: $id) { id email } viewer { email } }')
    const answers = answersOf(({ id, email }) => ({ user: { id, email }, viewer: { email } }))
    expect(found).toEqual({ answers, statements: 24, connections: 2 })
  })

  it('also with one row beside it', async () => {
    const found = await askAll('query ($applicationId: ID!) { kycApplication(id: $applicationId) { user { id } } }')
    const answers = answersOf(({ id }) => ({ kycApplication: { user: { id } } }))
    expect(found).toEqual({ answers, statements: 12, connections: 1 })
  })

  it('but not with a list in it, however deep', async () => {
    const deep =
      'query ($applicationId: ID!) { kycApplication(id: $applicationId) { user { kycApplications { nodes { id } } } } }'
    const found = await askAll(deep)
    const nodes = ({ applicationId }: Person) => [{ id: applicationId }]
    const answers = answersOf((person) => ({ kycApplication: { user: { kycApplications: { nodes: nodes(person) } } } }))
    expect(found).toMatchObject({ answers, connections: found.statements })
    expect(found.statements).toBeGreaterThanOrEqual(12)
  })

  it('nor when they are lists', async () => {
    const found = await askAll('{ kycApplications(first: 1) { nodes { id } } }')
    const answers = answersOf(({ applicationId }) => ({ kycApplications: { nodes: [{ id: applicationId }] } }))
    expect(found).toEqual({ answers, statements: 12, connections: 12 })
  })
})
