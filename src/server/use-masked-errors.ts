import type { ExecutionResult } from 'graphql'
import { isAsyncIterable, mapAsyncIterator, type Plugin } from 'graphql-yoga'
import type { Logger } from '../logger.ts'
import { type MediaType, mediaTypeOf, takesEvents } from './media-type.ts'
import { maskResult, statusOf } from './result.ts'
import type { Request } from './yoga.ts'

/** Last before an answer goes out over SSE, whatever step it failed in. */
export const useMaskedErrors = (logger: Logger): Plugin<object, Request> => ({
  onResultProcess({ request, result, setResult, serverContext: { requestId } }) {
    const mask = (unmasked: ExecutionResult) => maskResult(unmasked, { requestId, logger })
    if (isAsyncIterable(result)) return setResult(mapAsyncIterator(result, mask))
    if (Array.isArray(result)) return
    const masked = mask(result)
    const status = statusOf(masked, formOf(request.headers.get('accept') ?? undefined))
    setResult({ ...masked, extensions: { ...masked.extensions, http: { status } } })
  },
})

/** Whoever reads events takes any status but 200 for a failure of HTTP, as older clients do; of parts, knows better. */
const formOf = (accept: string | undefined): MediaType =>
  mediaTypeOf(accept) ?? (takesEvents(accept) ? 'application/json' : 'application/graphql-response+json')
