import type { IncomingMessage, ServerResponse } from 'node:http'
import { credentialOf } from '../auth/credential.ts'
import type { Services } from '../services.ts'
import { RefusedError, sendResponse } from './answer.ts'
import { readBody } from './body.ts'
import { isJson, type Origins } from './origins.ts'
import { createPlanLimit } from './plan-limit.ts'
import type { Yoga } from './yoga.ts'

const mediaTypes = 'application/json or application/graphql-response+json, those of a subscription as text/event-stream'

/** `POST /graphql`: who asks, from where, and how much, before a byte of it is parsed. */
export function createGraphQLRoute(services: Services, yoga: Yoga, origins: Origins) {
  const { config, authSecret, publicUrl } = services
  const assertWithinPlan = createPlanLimit(services)
  return async (req: IncomingMessage, res: ServerResponse, requestId: string) => {
    const credential = credentialOf(req.headers, authSecret)
    origins.assertNotForged(req, credential)
    await assertWithinPlan(credential)
    if (!isJson(req))
      throw new RefusedError(415, 'BAD_USER_INPUT', 'GraphQL is asked with content-type: application/json.')
    const body = await readBody(req, config.server.maxBodyBytes)
    req.headers['content-type'] = 'application/json'
    const headers = req.headers as Record<string, string>
    // Yoga's own Request: it hands a text on as it is, where that of Node would make a stream of it.
    const request = new yoga.fetchAPI.Request(`${publicUrl}/graphql`, { method: 'POST', headers, body })
    const response = await yoga.handleRequest(request, { requestId, credential, res })
    if (response.status === 406) throw new RefusedError(406, 'BAD_USER_INPUT', `Answers come as ${mediaTypes}.`)
    await sendResponse(res, response)
  }
}
