import { readArgs } from './args.ts'
import type { Report } from './report.ts'
import { showReport, writeReport } from './report.ts'
import { benchSubscriptions } from './subscriptions/run.ts'
import { benchTransfers } from './transfers/run.ts'

const benchmarks: Record<string, typeof benchSubscriptions> = {
  subscriptions: benchSubscriptions,
  transfers: benchTransfers,
}

const given = readArgs(process.argv.slice(2))
const run = 'benchmark' in given ? benchmarks[given.benchmark] : undefined
if ('usage' in given || !run) {
  console.error('usage' in given ? `${given.fault}\n${given.usage}` : `There is no benchmark ${given.benchmark}.`)
  process.exitCode = 2
} else {
  const report: Report = await run(given.settings)
  showReport(report)
  const written = await writeReport(given.benchmark, report)
  console.log(`\n${written.join('\n')}`)
}
