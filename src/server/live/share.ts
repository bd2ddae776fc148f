import type { ExecutionResult } from 'graphql'
import type { LoggedEvent } from '../../log/event.ts'

type Results = readonly ExecutionResult[]

/** What everybody in a group is shown of an event: one result a value of the feed, put into words once. */
export type Shared = { results: Results; payloads(): readonly Buffer[] }

/** Subscribers for whom one and the same work is done: same operation, same variables, same rights. */
export type Group = {
  key: string
  concerns(event: LoggedEvent): boolean
  /** The users whose own affair an event is: it is not for the group to look at. */
  subjectsOf(event: LoggedEvent): readonly string[]
  execute(event: LoggedEvent): Results | Promise<Results>
}

/** Null: not to be shared, each asks for themselves. */
type Answer = Shared | null
export type Shares = ReturnType<typeof createShares>

/** Those who come back all at once want the same events of a moment ago; much older, and what is shown may have changed. */
const turnEveryMs = 500
const maxYoung = 200

/** What was worked out for groups a moment ago, or is being worked out. */
export function createShares() {
  // Not each with its own end: thousands a second would be held by as many timers when the collector comes.
  let young = new Map<string, Answer | Promise<Answer>>()
  let old = young
  let timer: NodeJS.Timeout | undefined

  function turn() {
    clearTimeout(timer)
    old = young
    young = new Map()
    timer = old.size > 0 ? setTimeout(turn, turnEveryMs).unref() : undefined
  }

  return {
    of(group: Group, event: LoggedEvent): Answer | Promise<Answer> {
      const key = `${event.hash} ${group.key}`
      const found = young.has(key) ? young.get(key) : old.get(key)
      if (found !== undefined) return found
      if (young.size === maxYoung) turn()
      timer ??= setTimeout(turn, turnEveryMs).unref()
      const shared = work(group, event)
      young.set(key, shared)
      return shared
    },
  }
}

function work({ execute }: Group, event: LoggedEvent): Answer | Promise<Answer> {
  try {
    const results = execute(event)
    return results instanceof Promise ? results.then(share, () => null) : share(results)
  } catch {
    return null
  }
}

function share(results: Results): Answer {
  if (results.some(({ errors }) => errors)) return null
  let payloads: readonly Buffer[] | undefined
  return {
    results,
    payloads() {
      payloads ??= results.map((result) => Buffer.from(JSON.stringify(result)))
      return payloads
    },
  }
}
