import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Db } from '../../db/client.ts'

export type Named = { sql: string; uses: number; name?: string }

const maxNames = 100
const usesBeforeName = 2
const msBetweenNames = 10_000

type Names = { given: LRUCache<string, true>; lastGivenAt: number }
const namesOn = new WeakMap<Db, Names>()

function namesOf(db: Db): Names {
  const known = namesOn.get(db)
  if (known) return known
  const names = { given: new LRUCache<string, true>({ max: maxNames }), lastGivenAt: 0 }
  namesOn.set(db, names)
  return names
}

/**
 * The name under which PostgreSQL keeps the plan's statement, once it is used often enough. A connection keeps every name
 * it has seen: few are given at a time, and when all are, another one only now and then, whoever asks for ever other things.
 * Made of the text: behind a pooler that lends one connection to many processes it means nothing else to any of them.
 */
export function nameOf(plan: Named, db: Db): string | null {
  if (plan.uses < usesBeforeName) {
    plan.uses++
    return null
  }
  plan.name ??= `read_${createHash('sha256').update(plan.sql).digest('base64url').slice(0, 22)}`
  const names = namesOf(db)
  if (names.given.get(plan.name)) return plan.name
  const now = performance.now()
  if (names.given.size === maxNames && now - names.lastGivenAt < msBetweenNames) return null
  names.lastGivenAt = now
  names.given.set(plan.name, true)
  return plan.name
}

/** The plan goes without a name from now on. */
export function giveUpName(plan: Named): void {
  plan.uses = Number.NEGATIVE_INFINITY
}
