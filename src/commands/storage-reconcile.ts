import { readConfig } from '../config.ts'
import { createCore } from '../core.ts'
import { assertStoreIn } from '../embedded/command.ts'
import { UnavailableError } from '../errors.ts'
import { reconcileStorage } from '../resolvers/reconcile/reconcile.ts'
import type { Finding, Report } from '../resolvers/reconcile/report.ts'
import { maxLeftovers } from '../resolvers/reconcile/run.ts'
import { createStorage } from '../storage/index.ts'
import { reasonOf } from '../storage/reason.ts'
import type { Run } from './command.ts'
import { withMigratedDatabase } from './with-database.ts'

const outcomes: Record<Finding['outcome'], string> = {
  deleted: 'deleted',
  restored: 'restored',
  marked: 'marked: its application cannot be approved',
  known: 'known',
  cleared: 'on record again',
  left: 'left as it is',
}

/** Exit code 0: nothing was found, or all of it was put right. */
export const reconcile: Run = async (_words, _options, flags) => {
  const config = readConfig()
  if (!config.storage.server) assertStoreIn(config)
  return compare(flags)
}

const compare = (flags: ReadonlySet<string>) =>
  withMigratedDatabase(async ({ database, authSecret, storage: openStorage }, { config, logger }) => {
    const storage = createStorage({ server: await openStorage(), settings: config.storage })
    const core = createCore({ config, logger, databaseUrl: database.url, authSecret })
    try {
      await core.tails.start()
      const report = await reconcileStorage(
        { ...core, storage },
        {
          repair: flags.has('repair'),
          digests: flags.has('digests'),
          maxDeletions: flags.has('many') ? null : maxLeftovers,
          onFinding: print,
        },
      ).catch(sayWhy)
      if (!report) {
        console.error('Another reconciliation is at work on this database: try again after it.')
        return 1
      }
      console.log(summary(report))
      if (report.counts.orphan > maxLeftovers && flags.has('repair') && !flags.has('many')) console.log(tooMany)
      if (report.left > 0 && !flags.has('repair')) console.log('Nothing was changed: --repair puts right what can be.')
      return report.left > 0 ? 1 : 0
    } finally {
      storage.close()
      await core[Symbol.asyncDispose]()
    }
  })

const tooMany = `More than ${maxLeftovers} objects have no row, and were left: see that DATABASE_URL is the database of this store. --many deletes them all the same.`

/** Whoever runs this may know what it means: a wrong key, no such bucket. */
function sayWhy(error: unknown): never {
  if (error instanceof UnavailableError && error.cause) throw new Error(`${error.message} (${reasonOf(error)})`)
  throw error
}

const print = ({ kind, bucket, subject, outcome, why }: Finding) =>
  console.log(`${kind.padEnd(10)} ${bucket.padEnd(14)} ${subject}: ${outcomes[outcome]}${why ? ` (${why})` : ''}`)

function summary({ objects, rows, inFlight, counts, left }: Report) {
  const found = Object.entries(counts).flatMap(([kind, count]) => (count > 0 ? [`${count} ${kind}`] : []))
  const differences = found.length > 0 ? found.join(', ') : 'no difference'
  return `${objects} objects and ${rows} rows compared, ${inFlight} uploads in flight: ${differences}; ${left} not put right.`
}
