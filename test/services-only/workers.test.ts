import { mkdtempSync, rmSync } from 'node:fs'
import { copyFile, readFile, rename } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { type Stack, startStack } from '../harness/index.ts'
import { connectForTest, eventually } from '../harness/log.ts'
import { startMain } from '../harness/main-process.ts'
import { readMetrics } from '../harness/metrics.ts'
import { freePort } from '../services/free-port.ts'
import { sendSignal } from '../services/process.ts'

let stack: Stack
beforeAll(async () => {
  stack = await startStack()
})
afterAll(() => stack.stop())

async function startWorkers(variables: Record<string, string> = {}, node = process.execPath) {
  const [port, metricsPort] = [await freePort(), await freePort()]
  const own = { PORT: String(port), METRICS_PORT: String(metricsPort), WORKERS: '2', DATABASE_POOL_MAX: '4' }
  const main = startMain({ ...stack.environment, ...own, LOG_LEVEL: 'info', ...variables }, node)
  const url = await main.url()
  return { ...main, url, metrics: () => readMetrics(`http://127.0.0.1:${metricsPort}`) }
}

const pidsOf = async (supervisor: number) => {
  const text = await readFile(`/proc/${supervisor}/task/${supervisor}/children`, 'utf8')
  return text.split(' ').filter(Boolean).map(Number)
}
const isAlive = (url: string) =>
  fetch(`${url}/healthz`, { headers: { connection: 'close' } }).then(
    ({ ok }) => ok,
    () => false,
  )

it('workers share the port, and all that is theirs is shared: sessions, events, numbers', async () => {
  const gateway = await startWorkers()
  expect(await pidsOf(gateway.child.pid!)).toHaveLength(2)
  const signedUp = await fetch(`${gateway.url}/api/auth/sign-up/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: 'ada@example.com', name: 'Ada', password: 'correct horse battery' }),
  })
  const { token } = (await signedUp.json()) as { token: string }
  for (let n = 0; n < 8; n++) {
    const asked = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      // Each time another connection, and so in turn another worker.
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, connection: 'close' },
      body: JSON.stringify({ query: '{ viewer { email } }' }),
    })
    expect(await asked.json()).toEqual({ data: { viewer: { email: 'ada@example.com' } } })
  }
  await eventually(async () => {
    const metrics = await gateway.metrics()
    return ['1', '2'].map(
      (worker) => (metrics.sum('gatehouse_http_request_duration_seconds_count', { worker }) ?? 0) > 2,
    )
  }).toEqual([true, true])
  const metrics = await gateway.metrics()
  expect(metrics.valuesOf('gatehouse_pool_max', 'worker').sort()).toEqual(['1', '2'])
  const observer = await connectForTest(stack.database.superuserUrl)
  const { rows } = await observer.query<{ tails: number }>(
    `select count(*)::int as tails from pg_stat_activity where datname = current_database() and application_name = 'gatehouse tail'`,
  )
  expect(rows[0]!.tails).toBeGreaterThanOrEqual(2)

  gateway.child.kill('SIGTERM')
  expect(await gateway.exited).toBe(0)
  expect(await gateway.complaint).toBe('')
  expect(await isAlive(gateway.url)).toBe(false)
})

it('a worker that dies is replaced, and the other serves meanwhile', async () => {
  const gateway = await startWorkers()
  const [first, second] = await pidsOf(gateway.child.pid!)
  sendSignal(first!, 'SIGKILL')
  await eventually(() => pidsOf(gateway.child.pid!).then((pids) => pids.includes(first!))).toBe(false)
  for (let n = 0; n < 10; n++) expect(await isAlive(gateway.url)).toBe(true)
  await eventually(async () => (await gateway.metrics()).valuesOf('gatehouse_pool_max', 'worker').sort()).toEqual([
    '1',
    '2',
  ])
  const pids = await pidsOf(gateway.child.pid!)
  expect([pids.length, pids.includes(second!)]).toEqual([2, true])
  expect(gateway.said()).toMatch(/"worker":1,.*"signal":"SIGKILL".*a worker ended: another takes its place/)
  // Ctrl-C in a terminal reaches all of them.
  for (const pid of [gateway.child.pid!, ...pids]) sendSignal(pid, 'SIGINT')
  expect(await gateway.exited).toBe(0)
})

it('a worker that cannot be started now is started later, and the other serves meanwhile', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-test-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const [node, away] = [join(directory, 'node'), join(directory, 'away')]
  await copyFile(process.execPath, node)
  const gateway = await startWorkers({}, node)
  const [first] = await pidsOf(gateway.child.pid!)
  // As when a machine has no memory or no process left for it.
  await rename(node, away)
  sendSignal(first!, 'SIGKILL')
  await eventually(gateway.said).toMatch(/ENOENT.*a worker ended/)
  for (let n = 0; n < 10; n++) expect(await isAlive(gateway.url)).toBe(true)
  await rename(away, node)
  await eventually(gateway.said).toMatch(/a worker is back/)
  gateway.child.kill('SIGTERM')
  expect(await gateway.exited).toBe(0)
})

it('SIGTERM to all of them, as service managers send it, cuts nothing off', async () => {
  const gateway = await startWorkers()
  const pids = [gateway.child.pid!, ...(await pidsOf(gateway.child.pid!))]
  // Each worker hears it twice: from there, and from its supervisor.
  for (const pid of pids) sendSignal(pid, 'SIGTERM')
  expect(await gateway.exited).toBe(0)
  expect(gateway.said()).not.toMatch(/another takes its place/)
})

it('workers end with their supervisor, however it ends', async () => {
  const gateway = await startWorkers()
  const pids = await pidsOf(gateway.child.pid!)
  gateway.child.kill('SIGKILL')
  await gateway.exited
  onTestFinished(() => {
    for (const pid of pids) sendSignal(pid, 'SIGKILL')
  })
  await eventually(() => isAlive(gateway.url)).toBe(false)
})

it('a gateway whose workers cannot start says why, once, and ends as one process would', async () => {
  const main = startMain({ ...stack.environment, WORKERS: '2', DATABASE_POOL_MAX: '1000' })
  expect(await main.exited).toBe(2)
  const complaint = await main.complaint
  expect(complaint).toMatch(/DATABASE_POOL_MAX: with 1000 each of 2 workers may open 1006 connections/)
  expect(complaint.match(/DATABASE_POOL_MAX/g)).toHaveLength(1)
})
