import type { ExecutionResult } from 'graphql'
import { LRUCache } from 'lru-cache'
import type { LoggedEvent } from '../../log/event.ts'

/** What everybody in a group is shown of an event: one result a value of the feed, put into words once. */
export type Shared = { results: readonly ExecutionResult[]; payloads(): readonly Buffer[] }

/** Subscribers for whom one and the same work is done: same operation, same variables, same rights. */
export type Group = {
  key: string
  concerns(event: LoggedEvent): boolean
  /** The users whose own affair an event is: it is not for the group to look at. */
  subjectsOf(event: LoggedEvent): readonly string[]
  execute(event: LoggedEvent): Promise<readonly ExecutionResult[]>
}

export type Shares = ReturnType<typeof createShares>

/** Those who come back all at once want the same events of a moment ago; much older, and what is shown may have changed. */
const keptMs = 1_000
const maxKept = 2_000

/** What was worked out for groups a moment ago, or is being worked out. Null: not to be shared, each asks for themselves. */
export function createShares() {
  const kept = new LRUCache<string, Promise<Shared | null>>({ max: maxKept, ttl: keptMs, ttlAutopurge: true })
  return {
    of(group: Group, event: LoggedEvent): Promise<Shared | null> {
      const key = `${event.stream} ${event.position} ${event.hash} ${group.key}`
      const found = kept.get(key)
      if (found) return found
      const shared = work(group, event)
      kept.set(key, shared)
      return shared
    },
  }
}

async function work({ execute }: Group, event: LoggedEvent): Promise<Shared | null> {
  try {
    const results = await execute(event)
    return results.some(({ errors }) => errors) ? null : share(results)
  } catch {
    return null
  }
}

function share(results: readonly ExecutionResult[]): Shared {
  let payloads: readonly Buffer[] | undefined
  return {
    results,
    payloads() {
      payloads ??= results.map((result) => Buffer.from(JSON.stringify(result)))
      return payloads
    },
  }
}
