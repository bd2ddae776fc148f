import { setTimeout as sleep } from 'node:timers/promises'
import { type ExecutionArgs, type ExecutionResult, execute as executeOperation, GraphQLError } from 'graphql'
import { createContext } from '../../context.ts'
import type { Place } from '../../log/cursor.ts'
import type { LoggedEvent } from '../../log/event.ts'
import type { Feed } from '../../log/feed.ts'
import type { Viewer } from '../../permissions.ts'
import type { Services } from '../../services.ts'
import { codeOf } from '../mask-error.ts'
import type { InTurn } from './turns.ts'

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

/** What a viewer is shown of an event, with the rights of this moment. */
export const executeEvent = (event: LoggedEvent, execution: Execution, place?: Place) =>
  execution.inTurn(() => execute(event, execution, place))

async function execute(event: LoggedEvent, execution: Execution, place?: Place): Promise<ExecutionResult[]> {
  const { services, args, feed, viewer, requestId } = execution
  const values = await patiently(async () => feed.select(viewer, event, place))
  return Promise.all(values.map((rootValue) => patiently(() => show(rootValue)))).catch(asResults)

  async function show(rootValue: unknown) {
    const contextValue = createContext({ services, viewer, requestId, credential: null })
    const result = await executeOperation({ ...args, rootValue, contextValue })
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
