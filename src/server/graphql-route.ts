import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { ExecutionResult } from 'graphql'
import { type Credential, credentialOf } from '../auth/credential.ts'
import type { Answer } from '../cache/answers.ts'
import { createContext } from '../context.ts'
import type { Services } from '../services.ts'
import { RefusedError, sendResponse } from './answer.ts'
import { readBody } from './body.ts'
import { graphqlRequestOf } from './graphql-request.ts'
import { type MediaType, mediaTypeOf, takesStream } from './media-type.ts'
import type { Operations } from './operations.ts'
import { isJson, type Origins } from './origins.ts'
import { createPlanLimit } from './plan-limit.ts'
import { positionOf, tellPosition } from './position.ts'
import { cacheHeaders, createQueries } from './query.ts'
import { maskResult, resultOf, statusOf } from './result.ts'
import type { Yoga } from './yoga.ts'

const mediaTypes = 'application/json or application/graphql-response+json, those of a subscription as text/event-stream'

type Options = { services: Services; operations: Operations; yoga: Yoga; origins: Origins }
type Asked = {
  req: IncomingMessage
  res: ServerResponse
  requestId: string
  credential: Credential | null
  body: string
}

/** `POST /graphql`: who asks, from where, and how much, before a byte of it is parsed. */
export function createGraphQLRoute({ services, operations, yoga, origins }: Options) {
  const { config, authSecret, publicUrl, logger, viewers, metrics } = services
  const queries = createQueries(services)
  const assertWithinPlan = createPlanLimit(services)

  const hits = metrics.operations.of('query', 'OK')

  function sendHit(res: ServerResponse, mediaType: MediaType, found: Answer, began: number) {
    send(res, 200, mediaType, found.body, cacheHeaders('hit', found))
    metrics.answers.add('hit')
    hits.observe((performance.now() - began) / 1000)
  }

  /** The common case: one answer, whole. What is kept is found by the body as it came, before any of it is read. */
  async function answer(asked: Asked, mediaType: MediaType) {
    const { req, res, requestId, credential, body } = asked
    const began = performance.now()
    const after = positionOf(req.headers)
    const reached = queries.mayBeKept(req.headers, after)
    const mayBeKept = typeof reached === 'boolean' ? reached : await reached
    const found = mayBeKept ? queries.findPublic(body) : null
    if (found) return sendHit(res, mediaType, found, began)
    let result: ExecutionResult
    let status: number | null = null
    let headers: OutgoingHttpHeaders = {}
    try {
      const token = credential?.token ?? null
      const viewer = viewers.recall(token) ?? (await viewers.resolve(token))
      const own = mayBeKept ? queries.findOwn(viewer, body) : null
      if (own) return sendHit(res, mediaType, own, began)
      const { query, operationName, variables } = graphqlRequestOf(body)
      const operation = operations.prepare({ query, operationName })
      // What goes wrong in there is answered in its own way.
      if (operation.kind === 'subscription') return stream(asked)
      // Whoever has gone reads no answer, and what has not begun need not.
      if (res.destroyed) return
      const request = { viewer, credential, requestId }
      if (operation.kind === 'query') {
        headers = cacheHeaders('bypass')
        const outcome = await queries.run({ ...request, operation, variables, body, after, mayBeKept })
        metrics.answers.add(outcome.cache)
        if ('answer' in outcome) {
          return send(res, 200, mediaType, outcome.answer.body, cacheHeaders(outcome.cache, outcome.answer))
        }
        headers = cacheHeaders(outcome.cache)
        result = outcome.refused
      } else {
        const ctx = createContext({ services, ...request })
        result = await operation.execute({ ctx, variables })
        tellPosition(res, ctx)
      }
    } catch (error) {
      result = resultOf(error)
      if (error instanceof RefusedError) status = error.status
    }
    const shown = maskResult(result, { requestId, logger })
    send(res, status ?? statusOf(shown, mediaType), mediaType, JSON.stringify(shown), headers)
  }

  /** What comes bit by bit. */
  async function stream({ req, res, body, ...asked }: Asked) {
    req.headers['content-type'] = 'application/json'
    const headers = req.headers as Record<string, string>
    // Yoga's own Request: it hands a text on as it is, where that of Node would make a stream of it.
    const request = new yoga.fetchAPI.Request(`${publicUrl}/graphql`, { method: 'POST', headers, body })
    const response = await yoga.handleRequest(request, { ...asked, res, after: positionOf(req.headers) })
    if (response.status === 406) throw notAcceptable()
    await sendResponse(res, response)
  }

  return async (req: IncomingMessage, res: ServerResponse, requestId: string) => {
    const credential = credentialOf(req.headers, authSecret)
    origins.assertNotForged(req, credential)
    const counted = assertWithinPlan(credential)
    if (counted) await counted
    if (!isJson(req))
      throw new RefusedError(415, 'BAD_USER_INPUT', 'GraphQL is asked with content-type: application/json.')
    const { accept } = req.headers
    const mediaType = mediaTypeOf(accept)
    if (!mediaType && !takesStream(accept)) throw notAcceptable()
    const body = await readBody(req, config.server.maxBodyBytes)
    const asked = { req, res, requestId, credential, body }
    if (mediaType) return await answer(asked, mediaType)
    // What is no GraphQL request is refused alike, however its answer would have come.
    graphqlRequestOf(body)
    return stream(asked)
  }
}

const notAcceptable = () => new RefusedError(406, 'BAD_USER_INPUT', `Answers come as ${mediaTypes}.`)

type Body = Answer['body']

function send(res: ServerResponse, status: number, mediaType: MediaType, body: Body, headers: OutgoingHttpHeaders) {
  res.writeHead(status, {
    'content-type': `${mediaType}; charset=utf-8`,
    'cache-control': 'no-store',
    'content-length': Buffer.byteLength(body),
    ...headers,
  })
  res.end(body)
}
