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
const fault = 'usage' in given ? given.fault : unknownName(given.benchmark)
if (fault !== null) {
  console.error('usage' in given ? `${fault}\n${given.usage}` : fault)
  process.exitCode = 2
} else if ('usage' in given) console.log(given.usage)
else {
  const { benchmark, settings } = given
  try {
    for (const name of benchmark === null ? Object.keys(benchmarks) : [benchmark]) {
      const report = await benchmarks[name]!(settings)
      report.facts.push(['command', commandOf(name)])
      showReport(report)
      // What is shown to others is not replaced by what was only to be looked at.
      console.log(`\n${(await writeReport(settings.isPart ? `${name}-part` : name, report)).join('\n')}`)
    }
  } catch (error) {
    // Plain errors are sentences for whoever runs this.
    console.error((error as Error).constructor === Error ? (error as Error).message : error)
    process.exitCode = 1
  }
}

/** What gives the same tables again. */
function commandOf(name: string): string {
  const flags = process.argv.slice(2).filter((argument) => argument !== name)
  return ['npm run bench --', name, ...flags].join(' ')
}

function unknownName(name: string | null): string | null {
  return name === null || Object.hasOwn(benchmarks, name) ? null : `There is no benchmark ${name}.`
}
