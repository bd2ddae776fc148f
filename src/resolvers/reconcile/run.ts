import type { Core } from '../../core.ts'
import type { Storage } from '../../storage/index.ts'
import { type Finding, isSettled, newReport, type Report } from './report.ts'

export type ReconcileServices = Pick<Core, 'db' | 'pool' | 'tails' | 'doorbell' | 'logger'> & { storage: Storage }

/** What an interrupted change leaves is a few objects. More than this is another database's store, or this one's backup. */
export const maxLeftovers = 100

export type ReconcileOptions = {
  /** Puts right what it finds; otherwise it only looks. */
  repair: boolean
  /** Reads every object of a row and compares its bytes; otherwise it compares sizes. */
  digests: boolean
  /** When more objects than this have no row, none is deleted. Null: they go, however many. */
  maxDeletions: number | null
  now?: number
  onFinding?: (finding: Finding) => void
}

/** One reconciliation at work. */
export type Run = {
  services: ReconcileServices
  options: ReconcileOptions
  report: Report
  find(finding: Finding): void
}

export function createRun(services: ReconcileServices, options: ReconcileOptions): Run {
  const report = newReport()
  return {
    services,
    options,
    report,
    find(finding) {
      report.counts[finding.kind] += 1
      if (!isSettled(finding)) report.left += 1
      options.onFinding?.(finding)
    },
  }
}

/** The store answers a few at a time sooner than one after the other. */
const few = 8

export async function forEachFew<T>(items: readonly T[], work: (item: T) => Promise<void>) {
  const rest = items.values()
  const worker = async () => {
    for (const item of rest) await work(item)
  }
  await Promise.all(Array.from({ length: few }, worker))
}
