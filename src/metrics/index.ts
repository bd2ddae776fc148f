import type pg from 'pg'
import { createFamilies } from './families.ts'

export type Metrics = ReturnType<typeof createMetrics>
type PoolState = Pick<pg.Pool, 'totalCount' | 'idleCount' | 'waitingCount' | 'options'>

/** What a process counts of itself. Each process has its own, and so has each of several gateways in one. */
export function createMetrics() {
  const families = createFamilies()
  const { counter, durations, read } = families
  const pools = new Map<string, PoolState>()
  const ofPools = (count: (pool: PoolState) => number) => () =>
    [...pools].map(([pool, state]) => [{ pool }, count(state)] as const)

  const gauges: [string, string, (pool: PoolState) => number][] = [
    ['max', 'How many connections a pool opens at most', ({ options }) => options.max ?? 0],
    ['connections', 'Connections that are open', ({ totalCount }) => totalCount],
    ['idle', 'Connections that nobody uses', ({ idleCount }) => idleCount],
    ['waiting', 'How many wait for a connection', ({ waitingCount }) => waitingCount],
  ]
  for (const [what, help, count] of gauges) read('gauge', { name: `gatehouse_pool_${what}`, help }, ofPools(count))

  return {
    ...families,
    requests: durations({
      name: 'gatehouse_http_request_duration_seconds',
      help: 'From the head of a request to the end of its answer; status `none`: whoever asked went before there was one',
      labelNames: ['route', 'status'],
    }),
    operations: durations({
      name: 'gatehouse_operation_duration_seconds',
      help: 'GraphQL operations by kind and by the code of their first error, OK without one',
      labelNames: ['kind', 'code'],
    }),
    database: {
      addPool: (name: string, state: PoolState) => void pools.set(name, state),
      waits: durations({
        name: 'gatehouse_pool_wait_seconds',
        help: 'How long a connection was waited for',
        labelNames: ['pool'],
      }),
      failures: counter({
        name: 'gatehouse_pool_failures_total',
        help: 'Connections that were not had in time, could not be opened, or broke',
        labelNames: ['pool', 'reason'],
      }),
      statements: durations({
        name: 'gatehouse_statement_duration_seconds',
        help: 'From sending a statement, or from the end of the one it was sent behind, to its last row',
        labelNames: ['pool'],
      }),
      slow: counter({
        name: 'gatehouse_slow_statements_total',
        help: 'Statements that took longer than SLOW_QUERY_MS: each is in the log',
        labelNames: ['pool'],
      }),
    },
    reads: counter({
      name: 'gatehouse_reads_total',
      help: 'Queries by where they read, and why; `failed` are statements that were asked again of the primary',
      labelNames: ['from', 'reason'],
    }),
    answers: counter({
      name: 'gatehouse_cache_answers_total',
      help: 'Answers to queries over HTTP by what the response cache had to do with them',
      labelNames: ['cache'],
    }),
    socketsClosed: counter({
      name: 'gatehouse_sockets_closed_total',
      help: 'WebSockets that were closed, by code',
      labelNames: ['code'],
    }),
    jobs: counter({
      name: 'gatehouse_jobs_total',
      help: 'Jobs that have run, by how they ended',
      labelNames: ['task', 'outcome'],
    }),
  }
}
