import { availableParallelism } from 'node:os'
import { setFlagsFromString } from 'node:v8'

const helpers = [
  'concurrent-marking',
  'concurrent-sweeping',
  'parallel-scavenge',
  'parallel-compaction',
  'parallel-pointer-update',
]

/**
 * On one core V8's helper threads help nobody: they take it from the one thread that answers, for a tenth of a second at
 * a time. Without them that thread collects by itself, in steps of a few milliseconds.
 */
export function collectAlone(cores = availableParallelism()) {
  if (cores > 1) return
  for (const helper of helpers) setFlagsFromString(`--no-${helper}`)
}
