import { setTimeout as sleep } from 'node:timers/promises'
import { type ExecutionArgs, type ExecutionResult, execute } from 'graphql'
import { createContext } from '../../context.ts'
import type { Place } from '../../log/cursor.ts'
import type { LoggedEvent } from '../../log/event.ts'
import type { Feed } from '../../log/feed.ts'
import type { Viewer } from '../../permissions.ts'
import type { Services } from '../../services.ts'
import { codeOf } from '../mask-error.ts'

const patienceMs = 10_000
const pauseMs = 100

export type Execution = { services: Services; args: ExecutionArgs; feed: Feed; viewer: Viewer; requestId: string }

/**
 * What a viewer is shown of an event, with the rights of this moment. It is shown once: while the database is away it is
 * waited for, since what is answered with an error would be lost to whoever reads it.
 */
export async function executeEvent(
  event: LoggedEvent,
  execution: Execution,
  place?: Place,
): Promise<ExecutionResult[]> {
  const { services, args, feed, viewer, requestId } = execution
  const deadline = performance.now() + patienceMs
  const isAway = (error: unknown) => codeOf(error) === 'UNAVAILABLE' && performance.now() < deadline
  for (;;) {
    try {
      const values = await feed.select(viewer, event, place)
      const results = await Promise.all(
        values.map((rootValue) => {
          const contextValue = createContext({ services, viewer, requestId, credential: null })
          return execute({ ...args, rootValue, contextValue })
        }),
      )
      if (!results.some(({ errors }) => errors?.some(isAway))) return results
    } catch (error) {
      if (!isAway(error)) throw error
    }
    await sleep(pauseMs)
  }
}
