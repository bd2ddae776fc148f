import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Answer, send } from './answer.ts'
import { type CorsRule, corsHeaders, parseCors, preflightHeaders } from './cors.ts'
import { errorDocument, S3Error } from './errors.ts'
import { assertKnownHeaders } from './known-headers.ts'
import { authorize, findOperation } from './operations.ts'
import { parseRequest, type S3Request, type VerifiedRequest } from './request.ts'
import type { Store } from './store.ts'
import { maxObjectBytes } from './write-objects.ts'

type Services = {
  store: Store
  verify: (request: S3Request) => Promise<VerifiedRequest>
  corsRules: readonly CorsRule[]
  onError: (error: unknown) => void
}

/** Answers every request with what was asked or a refusal in S3's form; never with a stack or a path. */
export function createHandler(services: Services) {
  return async function handle(incoming: IncomingMessage, response: ServerResponse) {
    const requestId = randomBytes(8).toString('hex').toUpperCase()
    response.setHeader('x-amz-request-id', requestId)
    try {
      const answer = await respond(services, incoming, response).catch((error: unknown) => {
        if (!(error instanceof S3Error)) services.onError(error)
        return refusal(error instanceof S3Error ? error : new S3Error('InternalError'), incoming, requestId)
      })
      await send(response, answer)
    } catch (error) {
      // The answer has begun: breaking it off is the only way left to say that it is not whole.
      response.destroy()
      if (!isDisconnect(error)) services.onError(error)
    }
  }
}

async function respond(services: Services, incoming: IncomingMessage, response: ServerResponse): Promise<Answer> {
  const { store, verify } = services
  const request = parseRequest(incoming)
  const corsRules = corsRulesOf(services, request)
  if (request.method === 'OPTIONS') return { status: 200, headers: preflightHeaders(corsRules, request) }
  response.setHeaders(new Map(Object.entries(corsHeaders(corsRules, request))))
  const verified = await verify(request)
  authorize(store, verified)
  assertKnownHeaders(verified)
  return findOperation(verified)(store, verified)
}

function corsRulesOf({ store, corsRules }: Services, { bucket }: S3Request) {
  const setting = bucket === undefined ? undefined : store.buckets.get(bucket)?.settings.get('cors')
  return setting ? [...corsRules, ...parseCors(setting)] : corsRules
}

function refusal(error: S3Error, incoming: IncomingMessage, requestId: string): Answer {
  const resource = (incoming.url ?? '').split('?')[0]!
  const headers = {
    'content-type': 'application/xml',
    ...error.headers,
    ...(isTooMuch(incoming) && { connection: 'close' }),
  }
  return { status: error.status, headers, body: errorDocument(error, resource, requestId) }
}

// The rest of a refused body is read and dropped, so that the sender sees the refusal; unless there is no end to it.
function isTooMuch(incoming: IncomingMessage) {
  return !incoming.complete && !(Number(incoming.headers['content-length'] ?? 0) <= maxObjectBytes)
}

function isDisconnect(error: unknown) {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET' || code === 'EPIPE'
}
