import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { transaction } from '../src/db/transaction.ts'
import { graphql } from './graphql/index.ts'
import { people, type Stack, startStack } from './harness/index.ts'
import { draft } from './harness/kyc.ts'
import { connectForTest, eventually } from './harness/log.ts'
import { readMetrics } from './harness/metrics.ts'
import { createSlowLog } from './harness/slow-statements.ts'

let stack: Stack
beforeAll(async () => {
  stack = await startStack()
})
afterAll(() => stack.stop())

const rename = graphql(`
  mutation RenameSlowly($id: ID!, $name: String!) {
    updateKycApplication(input: { applicationId: $id, details: { firstName: $name } }) { application { version } }
  }
`)
const read = graphql(`query ReadSlowly { kycApplications(first: 1) { nodes { firstName } } }`)

describe('a slow statement', () => {
  it('is in the log with its time, its rows and its request, and with nobody’s data', async () => {
    const { logger, slow, lines } = createSlowLog()
    const gateway = await stack.startGateway({ SLOW_QUERY_MS: '150', METRICS_PORT: '0' }, { logger })
    const person = await people(gateway).investor()
    const id = await draft(person)
    const superuser = await connectForTest(stack.database.superuserUrl)
    await superuser.query(`
      create function sleep_a_little() returns trigger language plpgsql as $$ begin perform pg_sleep(0.3); return new; end $$;
      create trigger sleeps before update on kyc_applications for each row execute function sleep_a_little()`)
    onTestFinished(async () => void (await superuser.query('drop function sleep_a_little cascade')))
    await person.get(rename, { id, name: 'Canary' })
    const found = slow().filter(({ statement }) => /^update "kyc_applications" set .*\$1/.test(statement))
    expect(found).toHaveLength(1)
    expect(found[0]).toMatchObject({ pool: 'gateway', rows: 1, requestId: expect.stringMatching(/^[\w-]{8,}$/) })
    expect(found[0].ms).toBeGreaterThanOrEqual(300)
    expect(lines.join('')).not.toMatch(/Canary/)
    const metrics = await readMetrics(gateway.metricsUrl!)
    expect(metrics.sum('gatehouse_slow_statements_total', { pool: 'gateway' })).toBe(
      slow().filter(({ pool }) => pool === 'gateway').length,
    )
  })

  it('is in the log when it failed, too, for whichever request it was sent, on a connection that others waited for', async () => {
    const { logger, slow } = createSlowLog()
    const gateway = await stack.startGateway(
      { SLOW_QUERY_MS: '200', DATABASE_LOCK_TIMEOUT_MS: '600', DATABASE_POOL_MAX: '1' },
      { logger },
    )
    const person = await people(gateway).investor()
    await draft(person)
    const holder = await connectForTest(stack.database.superuserUrl)
    await holder.query('begin; lock table kyc_applications in access exclusive mode')
    // Each is to ask for itself, where one could have the answer of the other.
    const ask = () => person.ask(read, {}, { 'cache-control': 'no-store' })
    const answers = await Promise.all([ask(), ask()])
    await holder.query('rollback')
    const asked = answers.map(({ errors }) => errors[0]?.extensions?.requestId as string)
    const failed = slow().filter(({ code }) => code === '55P03')
    expect(failed.map(({ requestId }) => requestId).sort()).toEqual(asked.sort())
  })
})

it('a connection whose server has fallen silent is given to nobody else', async () => {
  const gateway = await stack.startGateway({
    DATABASE_OWNER_URL: '',
    DATABASE_POOL_MAX: '1',
    DATABASE_STATEMENT_TIMEOUT_MS: '300',
    METRICS_PORT: '0',
  })
  const person = await people(gateway).investor()
  await draft(person)
  let backend = 0
  onTestFinished(() => void process.kill(backend, 'SIGCONT'))
  const silent = transaction({ services: gateway.services }, async ({ db }) => {
    const { rows } = await db.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`)
    backend = rows[0]!.pid
    process.kill(backend, 'SIGSTOP')
    await db.execute(sql`select 1`)
  })
  await expect(silent).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  expect((await person.get(read)).kycApplications.nodes).toHaveLength(1)
  await eventually(async () => (await readMetrics(gateway.metricsUrl!)).sum('gatehouse_pool_waiting')).toBe(0)
})
