import { readArgs } from './args.ts'
import { benchReads } from './reads/run.ts'
import { showReport, writeReport } from './report.ts'
import { benchSubscriptions } from './subscriptions/run.ts'
import { benchTransfers } from './transfers/run.ts'

const benchmarks: Record<string, typeof benchSubscriptions> = {
  subscriptions: benchSubscriptions,
  transfers: benchTransfers,
  reads: benchReads,
}

const given = readArgs(process.argv.slice(2))
const run = 'benchmark' in given ? benchmarks[given.benchmark] : undefined
if ('usage' in given || !run) {
  console.error('usage' in given ? `${given.fault}\n${given.usage}` : `There is no benchmark ${given.benchmark}.`)
  process.exitCode = 2
} else {
  try {
    const report = await run(given.settings)
    showReport(report)
    console.log(`\n${(await writeReport(given.benchmark, report)).join('\n')}`)
  } catch (error) {
    // Plain errors are sentences for whoever runs this.
    console.error((error as Error).constructor === Error ? (error as Error).message : error)
    process.exitCode = 1
  }
}
