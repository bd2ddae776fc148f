import { setTimeout as sleep } from 'node:timers/promises'
import { type ExecutionArgs, type ExecutionResult, execute as executeOperation, GraphQLError } from 'graphql'
import { createContext } from '../../context.ts'
import type { Place } from '../../log/cursor.ts'
import type { LoggedEvent } from '../../log/event.ts'
import type { Feed } from '../../log/feed.ts'
import type { Viewer } from '../../permissions.ts'
import type { Services } from '../../services.ts'
import type { InTurn } from '../../turns.ts'
import { codeOf } from '../mask-error.ts'
import { compiledQueryOf } from './compiled.ts'

const patienceMs = 30_000
const pauseMs = 100

/**
 * Waits for a database that is away: what is answered with an error would be lost to whoever reads it, and an end would
 * bring back all subscribers at once, to a database that has just returned.
 */
export async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (const deadline = performance.now() + patienceMs; ; await sleep(pauseMs)) {
    try {
      return await work()
    } catch (error) {
      if (codeOf(error) !== 'UNAVAILABLE' || performance.now() > deadline) throw error
    }
  }
}

export type Execution = {
  services: Services
  args: ExecutionArgs
  feed: Feed
  viewer: Viewer
  requestId: string
  inTurn: InTurn
}

/** What a viewer is shown of an event, with the rights of this moment: at once where nothing has to be asked for it. */
export const executeEvent = (event: LoggedEvent, execution: Execution, place?: Place) =>
  executeAtOnce(event, execution, place) ?? execution.inTurn(() => execute(event, execution, place))

/** Null for what has to wait, or goes wrong: that is for those who take turns and have patience. */
function executeAtOnce(event: LoggedEvent, execution: Execution, place?: Place): ExecutionResult[] | null {
  const { args, feed, viewer } = execution
  const query = compiledQueryOf(args)
  const values = query && feed.select(viewer, event, place)
  if (!values || values instanceof Promise) return null
  const results: ExecutionResult[] = []
  for (const rootValue of values) {
    const result = query(rootValue, contextFor(execution), args.variableValues ?? {})
    if (!result || result instanceof Promise || result.errors) return null
    results.push(result)
  }
  return results
}

const contextFor = ({ services, viewer, requestId }: Execution) =>
  createContext({ services, viewer, requestId, credential: null })

async function execute(event: LoggedEvent, execution: Execution, place?: Place): Promise<ExecutionResult[]> {
  const { args, feed, viewer } = execution
  const values = await patiently(async () => feed.select(viewer, event, place))
  return Promise.all(values.map((rootValue) => patiently(() => show(rootValue)))).catch(asResults)

  async function show(rootValue: unknown) {
    const result = await executeOperation({ ...args, rootValue, contextValue: contextFor(execution) })
    const away = result.errors?.find((error) => codeOf(error) === 'UNAVAILABLE')
    if (away) throw away
    return result
  }
}

/** Patience has an end: then this is what is answered. */
function asResults(error: unknown): ExecutionResult[] {
  if (error instanceof GraphQLError) return [{ errors: [error] }]
  throw error
}
