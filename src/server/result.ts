import type { ExecutionResult } from 'graphql'
import type { ErrorCode } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { asGraphQLError, maskError } from './mask-error.ts'
import type { MediaType } from './media-type.ts'
import { RefusedOperation } from './operations.ts'

/** GraphQL answers are 200, errors and all. An answer that is nothing but the server's own trouble is not. */
const statuses: Partial<Record<ErrorCode, number>> = { UNAVAILABLE: 503, PAYLOAD_TOO_LARGE: 413 }

export function maskResult(result: ExecutionResult, options: { requestId: string; logger: Logger }): ExecutionResult {
  return result.errors ? { ...result, errors: result.errors.map((error) => maskError(error, options)) } : result
}

/** What comes of an operation that threw instead of answering. */
export const resultOf = (error: unknown): ExecutionResult => ({
  errors: (error instanceof RefusedOperation ? error.errors : [error]).map(asGraphQLError),
})

/** By the errors as they are shown. What GraphQL itself refused is 400 to a client that knows the newer media type. */
export function statusOf({ errors, data }: ExecutionResult, mediaType: MediaType): number {
  if (!errors || data) return 200
  const codes = errors.map((error) => error.extensions.code as ErrorCode)
  const own = codes.map((code) => statuses[code]).find(Boolean)
  if (own) return own
  if (data === null) return 200
  if (codes.includes('INTERNAL')) return 500
  return mediaType === 'application/graphql-response+json' ? 400 : 200
}
