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
const fault = 'fault' in given ? given.fault : unknownName(given.benchmark)
if ('usage' in given || fault !== null) {
  console.error('usage' in given ? `${fault}\n${given.usage}` : fault)
  process.exitCode = 2
} else {
  const { benchmark, settings } = given
  try {
    for (const name of benchmark === null ? Object.keys(benchmarks) : [benchmark]) {
      const report = await benchmarks[name]!(settings)
      showReport(report)
      console.log(`\n${(await writeReport(name, report)).join('\n')}`)
    }
  } catch (error) {
    // Plain errors are sentences for whoever runs this.
    console.error((error as Error).constructor === Error ? (error as Error).message : error)
    process.exitCode = 1
  }
}

function unknownName(name: string | null): string | null {
  return name === null || name in benchmarks ? null : `There is no benchmark ${name}.`
}
