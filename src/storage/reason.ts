import { AppError } from '../errors.ts'
import { whyUnreachable } from '../unreachable.ts'

export type StoreError = Error & { $metadata?: { httpStatusCode?: number } }

/** The status that a store answered, if it did. */
export const statusOf = (error: unknown) => (error as StoreError).$metadata?.httpStatusCode

/** Why a store did not do it, in its own words, where it has any: an answer to a HEAD is a number alone. */
export function reasonOf(error: unknown): string {
  if (error instanceof AppError && error.cause) return reasonOf(error.cause)
  const { name, message } = error as StoreError
  const status = statusOf(error)
  if (status === undefined) return whyUnreachable(error) ?? message
  if (message && message !== 'UnknownError') return `${name}: ${message}`
  const said = name === 'Unknown' && status === 403 ? 'it refuses the key, or the key may not do this' : name
  return `${said} (HTTP ${status})`
}
