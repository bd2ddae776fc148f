import type { ExecutionResult } from 'graphql'
import { isAsyncIterable, mapAsyncIterator, type Plugin } from 'graphql-yoga'
import type { ErrorCode } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { maskError } from './mask-error.ts'
import type { Request } from './yoga.ts'

/** GraphQL answers are 200, errors and all. An answer that is nothing but the server's own trouble is not. */
const statuses: Partial<Record<ErrorCode, number>> = { UNAVAILABLE: 503, PAYLOAD_TOO_LARGE: 413 }

/** Last before an answer goes out over HTTP or SSE, whatever step it failed in. WebSockets do the same with `maskResult`. */
export const useMaskedErrors = (logger: Logger): Plugin<object, Request> => ({
  onResultProcess({ result, setResult, serverContext: { requestId } }) {
    const mask = (unmasked: ExecutionResult) => maskResult(unmasked, { requestId, logger })
    if (isAsyncIterable(result)) setResult(mapAsyncIterator(result, mask))
    else if (!Array.isArray(result)) setResult(withStatus(mask(result), result))
  },
})

export function maskResult(result: ExecutionResult, options: { requestId: string; logger: Logger }): ExecutionResult {
  return result.errors ? { ...result, errors: result.errors.map((error) => maskError(error, options)) } : result
}

function withStatus(masked: ExecutionResult, { errors }: ExecutionResult): ExecutionResult {
  if (!masked.errors || masked.data) return masked
  const codes = masked.errors.map((error) => error.extensions.code as ErrorCode)
  const status =
    codes.map((code) => statuses[code]).find(Boolean) ?? (!('data' in masked) && codes.includes('INTERNAL') && 500)
  if (status) return { ...masked, extensions: { ...masked.extensions, http: { status } } }
  if ('data' in masked) return masked
  // What is no GraphQL request is 400. What GraphQL itself refused is 400 to a client that takes
  // application/graphql-response+json, and 200 to an older one.
  for (const [index, error] of masked.errors.entries()) {
    error.extensions.http = { status: 400, spec: errors?.[index]?.extensions?.code !== 'BAD_REQUEST' }
  }
  return masked
}
