import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { graphql } from './graphql/index.ts'
import { people, type Stack, startStack } from './harness/index.ts'
import { draft } from './harness/kyc.ts'
import { connectForTest, eventually } from './harness/log.ts'
import { parseMetrics, readMetrics } from './harness/metrics.ts'

const token = 'a token of the tests'.replaceAll(' ', '-')
const bearer = { authorization: `Bearer ${token}` }

let stack: Stack
beforeAll(async () => {
  stack = await startStack()
})
afterAll(() => stack.stop())

const read = graphql(`
  query ReadOwnForMetrics($first: Int = 1) { kycApplications(first: $first) { nodes { version } } }
`)
const statusAt = async (url: string, headers = {}) => (await fetch(`${url}/metrics`, { headers })).status

describe('where metrics are', () => {
  it('nowhere, unless the operator says where', async () => {
    const gateway = await stack.startGateway()
    expect(await statusAt(gateway.url, bearer)).toBe(404)
    expect(gateway.metricsUrl).toBeNull()
  })

  it('with a token at the address of the gateway, for whoever has it', async () => {
    const { url } = await stack.startGateway({ METRICS_TOKEN: token })
    for (const authorization of ['', 'Bearer', `Bearer ${token}x`, `Basic ${token}`, token]) {
      expect(await statusAt(url, { authorization })).toBe(401)
    }
    expect((await fetch(`${url}/metrics`, { method: 'POST', headers: bearer })).status).toBe(404)
    const response = await fetch(`${url}/metrics`, { headers: bearer })
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(parseMetrics(await response.text()).sum('process_resident_memory_bytes')).toBeGreaterThan(1e6)
  })

  it('on a port of their own and not beside GraphQL, until the gateway ends', async () => {
    const gateway = await stack.startGateway({ METRICS_PORT: '0' })
    const metrics = await readMetrics(gateway.metricsUrl!)
    expect(metrics.types.get('nodejs_eventloop_lag_seconds')).toBe('gauge')
    expect(await statusAt(gateway.url)).toBe(404)
    expect((await fetch(`${gateway.metricsUrl}/graphql`, { method: 'POST' })).status).toBe(404)
    expect((await fetch(`${gateway.metricsUrl}/healthz`)).status).toBe(200)
    await gateway.close()
    await expect(fetch(`${gateway.metricsUrl}/metrics`)).rejects.toThrow()
  })

  it('on the port behind the token as well, where both are given', async () => {
    const gateway = await stack.startGateway({ METRICS_PORT: '0', METRICS_TOKEN: token })
    expect(await statusAt(gateway.metricsUrl!)).toBe(401)
    expect(await statusAt(gateway.metricsUrl!, bearer)).toBe(200)
    expect(await statusAt(gateway.url, bearer)).toBe(404)
  })
})

describe('what metrics tell', () => {
  it('requests, statements, the log, viewers and jobs are counted, each gateway for itself', async () => {
    const [gateway, other] = [
      await stack.startGateway({ METRICS_PORT: '0' }),
      await stack.startGateway({ METRICS_PORT: '0' }),
    ]
    const person = await people(gateway).investor()
    await draft(person)
    await person.get(read)
    await fetch(`${gateway.url}/nothing/of/${person.id}`)
    await eventually(async () =>
      (await readMetrics(gateway.metricsUrl!)).sum('gatehouse_http_request_duration_seconds_count', { route: 'other' }),
    ).toBe(1)
    const [metrics, others] = [await readMetrics(gateway.metricsUrl!), await readMetrics(other.metricsUrl!)]
    expect(metrics.sum('gatehouse_http_request_duration_seconds_count', { route: 'graphql', status: '200' })).toBe(2)
    expect(others.sum('gatehouse_http_request_duration_seconds_count', { route: 'graphql' })).toBeUndefined()
    expect(metrics.sum('gatehouse_pool_max', { pool: 'gateway' })).toBe(10)
    expect(metrics.sum('gatehouse_statement_duration_seconds_count', { pool: 'gateway' })).toBeGreaterThan(4)
    expect(metrics.sum('gatehouse_pool_wait_seconds_count', { pool: 'gateway' })).toBeGreaterThan(2)
    expect(metrics.valuesOf('gatehouse_pool_connections', 'pool').sort()).toEqual(['gateway', 'jobs', 'tail'])
    expect(metrics.sum('gatehouse_log_position', { stream: 'kyc' })).toBe(1)
    expect(metrics.sum('gatehouse_log_age_seconds')).toBeLessThan(60)
    expect(metrics.sum('gatehouse_viewers')).toBe(1)
    expect(metrics.sum('gatehouse_operation_duration_seconds_count', { kind: 'mutation', code: 'OK' })).toBe(1)
    expect(metrics.sum('gatehouse_cache_answers_total')).toBe(1)
    expect(metrics.sum('gatehouse_sockets')).toBe(0)
    // Whatever clients ask for, and whoever they are, the series are the same few.
    expect(metrics.valuesOf('gatehouse_http_request_duration_seconds_count', 'route')).not.toContain(person.id)
    expect(metrics.samples.length).toBeLessThan(600)
    expect(JSON.stringify(metrics.samples)).not.toMatch(new RegExp(`${person.id}|ReadOwnForMetrics`))
  })

  it('a request whose client went before its answer is no success', async () => {
    const gateway = await stack.startGateway({ METRICS_PORT: '0', DATABASE_OWNER_URL: '' })
    const person = await people(gateway).investor()
    await draft(person)
    const holder = await connectForTest(stack.database.superuserUrl)
    await holder.query('begin; lock table kyc_applications in access exclusive mode')
    const given = new AbortController()
    const asked = fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${person.token}` },
      body: JSON.stringify({ query: '{ kycApplications(first: 7) { nodes { id } } }' }),
      signal: given.signal,
    })
    const count = async (status: string) =>
      (await readMetrics(gateway.metricsUrl!)).sum('gatehouse_http_request_duration_seconds_count', {
        route: 'graphql',
        status,
      })
    const before = await count('200')
    await eventually(async () => {
      const { rows } = await holder.query(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      )
      return rows.length
    }).toBe(1)
    given.abort()
    await expect(asked).rejects.toThrow()
    await eventually(() => count('none')).toBe(1)
    await holder.query('rollback')
    expect(await count('200')).toBe(before)
  })

  it('a full pool: who waits, and who waited in vain', async () => {
    const gateway = await stack.startGateway({
      METRICS_PORT: '0',
      DATABASE_POOL_MAX: '2',
      DATABASE_WAIT_MS: '3000',
      DATABASE_LOCK_TIMEOUT_MS: '30000',
      DATABASE_STATEMENT_TIMEOUT_MS: '30000',
    })
    const person = await people(gateway).investor()
    await draft(person)
    const metrics = () => readMetrics(gateway.metricsUrl!)
    // Prometheus sees no increase in what was not there before.
    const failed = async () =>
      (await metrics()).sum('gatehouse_pool_failures_total', { pool: 'gateway', reason: 'timeout' })
    expect(await failed()).toBe(0)
    const holder = await connectForTest(stack.database.superuserUrl)
    await holder.query('begin; lock table kyc_applications in access exclusive mode')
    // Each another page: who asks the same shares one answer.
    const asked = Array.from({ length: 5 }, (_, index) => person.ask(read, { first: index + 1 }))
    await eventually(async () => (await metrics()).sum('gatehouse_pool_waiting', { pool: 'gateway' })).toBe(3)
    await eventually(failed).toBe(3)
    await holder.query('rollback')
    const codes = (await Promise.all(asked)).map(({ errors }) => errors[0]?.extensions?.code ?? 'OK')
    expect(codes.sort()).toEqual(['OK', 'OK', 'UNAVAILABLE', 'UNAVAILABLE', 'UNAVAILABLE'])
    const after = await metrics()
    expect(after.sum('gatehouse_pool_waiting', { pool: 'gateway' })).toBe(0)
    expect(after.sum('gatehouse_pool_idle', { pool: 'gateway' })).toBe(2)
  })
})
