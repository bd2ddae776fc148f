import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { stackForTest } from './harness/index.ts'
import { readMetrics } from './harness/metrics.ts'

const page = readFileSync(fileURLToPath(new URL('../docs/metrics.md', import.meta.url)), 'utf8')
const described = [...page.matchAll(/^\| `(\w+)` \| (\w+) \|([^|]*)\|/gm)].map(([, name, type, labels]) => ({
  name: name!,
  type: type!,
  labels: [...labels!.matchAll(/`(\w+)`/g)].map(([, label]) => label!),
}))

it('the page of metrics names each with its type and its labels, and no other', async () => {
  const stack = await stackForTest()
  // With all that may be configured, be it there or not.
  const { metricsUrl } = await stack.startGateway({
    METRICS_PORT: '0',
    DATABASE_REPLICA_URL: stack.database.url,
    CHAIN_RPC_URL: 'http://127.0.0.1:1',
    CHAIN_TOKENS: `0x${'1'.repeat(40)}`,
  })
  const { types, samples } = await readMetrics(metricsUrl!)
  const others = [...types.keys()].filter((name) => !name.startsWith('gatehouse_'))
  expect(others.filter((name) => !/^(?:process|nodejs)_/.test(name))).toEqual([])
  const shown = [...types].filter(([name]) => name.startsWith('gatehouse_'))
  expect(described.map(({ name, type }) => `${name} ${type}`).sort()).toEqual(shown.map((one) => one.join(' ')).sort())
  for (const { name, type, labels } of described) {
    const suffix = type === 'histogram' ? '_count' : ''
    for (const sample of samples.filter((sample) => sample.name === name + suffix)) {
      expect([name, ...Object.keys(sample.labels)]).toEqual([name, ...labels])
    }
    expect([name, type === 'counter']).toEqual([name, name.endsWith('_total')])
  }
  const alerts = /```yaml\n(.*?)```/s.exec(page)![1]!
  const asked = [...alerts.matchAll(/\b((?:gatehouse|process|nodejs)_\w+)/g)].map(([, name]) => name!)
  expect(asked.length).toBeGreaterThan(8)
  expect(asked.filter((name) => !types.has(name) && !types.has(name.replace(/_(?:bucket|count|sum)$/, '')))).toEqual([])
})
