import { LRUCache } from 'lru-cache'

export type Named = { uses: number }

const maxNames = 100
const usesBeforeName = 2
const names = new LRUCache<Named, string>({ max: maxNames })
let last = 0

/**
 * The name under which PostgreSQL keeps the plan's statement, once it is used often enough. A connection keeps every name
 * it has seen, so few plans have one at a time.
 */
export function nameOf(plan: Named): string | null {
  if (plan.uses < usesBeforeName) plan.uses++
  else if (!names.has(plan)) names.set(plan, `read_${++last}`)
  return names.get(plan) ?? null
}
