import { execute, parse } from 'graphql'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createContext } from '../src/context.ts'
import { createTogether } from '../src/db/together.ts'
import type { Viewer } from '../src/permissions.ts'
import { requestScope } from '../src/request-scope.ts'
import { schema } from '../src/schema/index.ts'
import { people, type Stack, startStack } from './harness/index.ts'
import { connectForTest, eventually } from './harness/log.ts'
import { readMetrics } from './harness/metrics.ts'

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
  return { gateway, pool, ask, backend: () => ask('select pg_backend_pid() as pid').then(({ pid }) => pid as number) }
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

  it('fail each for itself', async () => {
    const { ask, pool } = await start({ variables: { DATABASE_POOL_MAX: '1' } })
    const divide = 'select 6 / $1::int as found'
    const unwritable = {
      toPostgres() {
        throw new Error('not to be written')
      },
    }
    const found = await settled([
      ask(divide, 1),
      ask(divide, 0),
      ask('select $1::text as found', unwritable),
      ask(divide, 2),
      ask(divide, 0),
    ])
    expect(found).toEqual([
      { found: 6 },
      expect.objectContaining({ code: '22012' }),
      expect.objectContaining({ message: 'not to be written' }),
      { found: 3 },
      expect.objectContaining({ code: '22012' }),
    ])
    expect((await pool.query('select 1 as found')).rows).toEqual([{ found: 1 }])
    expect(await ask(divide, 3)).toEqual({ found: 2 })
  })

  it('all fail with their connection, which nobody gets after them', async () => {
    const { ask, backend, pool } = await start({ variables: { DATABASE_POOL_MAX: '1' } })
    const [before, ended, ...behind] = await settled([
      backend(),
      ask('select pg_terminate_backend(pg_backend_pid())'),
      backend(),
      backend(),
    ])
    expect(ended).toMatchObject({ code: '57P01' })
    for (const error of behind) expect(error).toBeInstanceOf(Error)
    expect(await backend()).not.toBe(before)
    expect(pool.totalCount).toBe(1)
  })

  it('all fail where there is no connection for them', async () => {
    const { backend, pool } = await start({ variables: { DATABASE_POOL_MAX: '1', DATABASE_WAIT_MS: '300' } })
    const held = await pool.connect()
    const found = await settled([backend(), backend()])
    held.release()
    for (const error of found) expect(error).toMatchObject({ message: expect.stringContaining('timeout') })
    expect(await backend()).toEqual(expect.any(Number))
  })

  it('do not wait behind one that takes long: they are asked again on connections of their own', async () => {
    const { ask, backend, pool } = await start({ variables: { DATABASE_LOCK_TIMEOUT_MS: '1200' } })
    const holder = await connectForTest(stack.database.superuserUrl)
    await holder.query('begin; lock table system_alerts in access exclusive mode')
    const locked = () => ask('select count(*) from system_alerts')
    const [before, first, second, ...behind] = await settled([backend(), locked(), locked(), backend(), backend()])
    await holder.query('rollback')
    for (const error of [first, second]) expect(error).toMatchObject({ code: '55P03' })
    expect(behind).toEqual([expect.any(Number), expect.any(Number)])
    expect(behind).not.toContain(before)
    await eventually(() => pool.idleCount).toBe(pool.totalCount)
  })

  it('count and are logged each for its own time and request', async () => {
    const lines: string[] = []
    const logger = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) })
    const { ask } = await start({ variables: { SLOW_QUERY_MS: '200' }, logger })
    await ask('select 1')
    const sleepFor = (seconds: number) => ask('select pg_sleep($1::float)', seconds)
    await Promise.all([
      requestScope.runNow('quick', () => sleepFor(0)),
      requestScope.runNow('slow', () => sleepFor(0.3)),
      requestScope.runNow('behind', () => sleepFor(0)),
      sleepFor(0.3),
    ])
    const slow = lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'a slow statement')
    expect(slow.map(({ requestId }) => requestId)).toEqual(['slow', undefined])
  })
})

describe('reads of one row', () => {
  const read = parse('query ReadOneself($id: ID!) { user(id: $id) { id email } viewer { email } }')

  it('that many ask for at once go together, and everybody gets their own', async () => {
    const { gateway } = await start({ variables: { METRICS_PORT: '0' } })
    const { services, metricsUrl } = gateway
    const seed = people(gateway)
    const crowd: { id: string; email: string; viewer: Viewer }[] = []
    for (let i = 0; i < 12; i++) {
      const { id, email, token } = await seed.investor()
      crowd.push({ id, email, viewer: await services.viewers.resolve(token) })
    }
    const ask = ({ id, viewer }: (typeof crowd)[number]) => {
      const contextValue = createContext({ services, viewer, requestId: 'test', credential: null })
      return execute({ schema, document: read, contextValue, variableValues: { id } })
    }
    for (let use = 0; use < 4; use++) await ask(crowd[0]!)

    const before = await readMetrics(metricsUrl!)
    const answers = await Promise.all(crowd.map(ask))
    const after = await readMetrics(metricsUrl!)
    expect(answers).toEqual(crowd.map(({ id, email }) => ({ data: { user: { id, email }, viewer: { email } } })))
    const counts = ['gatehouse_statement_duration_seconds_count', 'gatehouse_pool_wait_seconds_count'].map(
      (name) => after.sum(name, { pool: 'gateway' })! - before.sum(name, { pool: 'gateway' })!,
    )
    expect(counts).toEqual([24, 2])
  })
})
