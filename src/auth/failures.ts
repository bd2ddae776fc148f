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

/** Better Auth's log. Its debug and info texts hold e-mail addresses, and after a colon stands what a client has sent. */
export const createAuthLog =
  (logger: Logger) =>
  (level: string, message: string, ...details: unknown[]) => {
    if (level !== 'error' && level !== 'warn') return
    const error = details.find((detail) => detail instanceof Error)
    const database = databaseErrorOf(error)
    const seen = asking.getStore()
    // Two who sign up with one address at once: the answer that the second one gets is right.
    if (seen && database && database.code !== uniqueViolation) seen.failure = error
    logger[level]({ auth: true, ...(error && { err: loggable(error) }) }, message.split(':', 1)[0])
  }
