import { AsyncLocalStorage } from 'node:async_hooks'
import { databaseErrorOf } from '../db/errors.ts'
import { loggable } from '../db/loggable.ts'
import type { Logger } from '../logger.ts'

const asking = new AsyncLocalStorage<{ failure: unknown }>()
const uniqueViolation = '23505'

/**
 * Better Auth logs some failures of the database and then answers as if the request were at fault, or as if nothing
 * had happened. Here the failure is what comes of it.
 */
export const withFailures = (handle: () => Promise<Response>): Promise<Response> => {
  const seen = { failure: undefined as unknown }
  return asking.run(seen, async () => {
    const response = await handle()
    if (seen.failure) throw seen.failure
    return response
  })
}

/** What comes of the request that is being answered, whatever Better Auth makes of it. */
export function failRequest(error: unknown) {
  const seen = asking.getStore()
  if (seen) seen.failure = error
}

/** Better Auth's log. Its debug and info texts hold e-mail addresses, and after a colon stands what a client has sent. */
export const createAuthLog =
  (logger: Logger) =>
  (level: string, message: string, ...details: unknown[]) => {
    if (level !== 'error' && level !== 'warn') return
    const error = details.find((detail) => detail instanceof Error)
    const database = databaseErrorOf(error)
    // Two who sign up with one address at once: the answer that the second one gets is right.
    if (database && database.code !== uniqueViolation) failRequest(error)
    logger[level]({ auth: true, ...(error && { err: loggable(error) }) }, message.split(':', 1)[0])
  }
