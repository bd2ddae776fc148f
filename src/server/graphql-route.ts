import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ExecutionResult } from 'graphql'
import { type Credential, credentialOf } from '../auth/credential.ts'
import type { Services } from '../services.ts'
import { RefusedError, sendResponse } from './answer.ts'
import { readBody } from './body.ts'
import { graphqlRequestOf } from './graphql-request.ts'
import { type MediaType, mediaTypeOf, takesStream } from './media-type.ts'
import type { Operations } from './operations.ts'
import { isJson, type Origins } from './origins.ts'
import { createPlanLimit } from './plan-limit.ts'
import { positionOf, tellPosition } from './position.ts'
import { contextOf } from './request-context.ts'
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
  const { config, authSecret, publicUrl, logger } = services
  const assertWithinPlan = createPlanLimit(services)

  /** The common case: one answer, whole. */
  async function answer(asked: Asked, mediaType: MediaType) {
    const { req, res, requestId, body } = asked
    let result: ExecutionResult
    let status: number | null = null
    try {
      const { query, operationName, variables } = graphqlRequestOf(body)
      const operation = operations.prepare({ query, operationName })
      // What goes wrong in there is answered in its own way.
      if (operation.kind === 'subscription') return stream(asked)
      const ctx = await contextOf(services, asked)
      // Whoever has gone reads no answer, and what has not begun need not.
      if (res.destroyed) return
      result = await operation.execute({ ctx, variables, after: positionOf(req.headers) })
      tellPosition(res, ctx)
    } catch (error) {
      result = resultOf(error)
      if (error instanceof RefusedError) status = error.status
    }
    const shown = maskResult(result, { requestId, logger })
    send(res, status ?? statusOf(shown, mediaType), mediaType, shown)
  }

  /** What comes bit by bit. */
  async function stream({ req, res, body, ...asked }: Asked) {
    req.headers['content-type'] = 'application/json'
    const headers = req.headers as Record<string, string>
    // Yoga's own Request: it hands a text on as it is, where that of Node would make a stream of it.
    const request = new yoga.fetchAPI.Request(`${publicUrl}/graphql`, { method: 'POST', headers, body })
    const response = await yoga.handleRequest(request, { ...asked, res })
    if (response.status === 406) throw notAcceptable()
    await sendResponse(res, response)
  }

  return async (req: IncomingMessage, res: ServerResponse, requestId: string) => {
    const credential = credentialOf(req.headers, authSecret)
    origins.assertNotForged(req, credential)
    await assertWithinPlan(credential)
    if (!isJson(req))
      throw new RefusedError(415, 'BAD_USER_INPUT', 'GraphQL is asked with content-type: application/json.')
    const { accept } = req.headers
    const mediaType = mediaTypeOf(accept)
    if (!mediaType && !takesStream(accept)) throw notAcceptable()
    const body = await readBody(req, config.server.maxBodyBytes)
    const asked = { req, res, requestId, credential, body }
    if (mediaType) return answer(asked, mediaType)
    // What is no GraphQL request is refused alike, however its answer would have come.
    graphqlRequestOf(body)
    return stream(asked)
  }
}

const notAcceptable = () => new RefusedError(406, 'BAD_USER_INPUT', `Answers come as ${mediaTypes}.`)

function send(res: ServerResponse, status: number, mediaType: MediaType, result: ExecutionResult) {
  const text = JSON.stringify(result)
  res.writeHead(status, {
    'content-type': `${mediaType}; charset=utf-8`,
    'cache-control': 'no-store',
    'content-length': Buffer.byteLength(text),
  })
  res.end(text)
}
