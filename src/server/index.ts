import type { IncomingMessage, ServerResponse } from 'node:http'
import { schema } from '../schema/index.ts'
import type { Services } from '../services.ts'
import { createAccountPages } from './account-pages.ts'
import { RefusedError, sendError, sendErrorEarly, sendJson } from './answer.ts'
import { createAuthRoute } from './auth-route.ts'
import { createClientAddress } from './client-address.ts'
import { createGraphiQL, type DemoPerson } from './graphiql.ts'
import { createGraphQLRoute } from './graphql-route.ts'
import { createReadiness } from './health.ts'
import { createHome } from './home.ts'
import type { Listener } from './listener.ts'
import { createLive } from './live/index.ts'
import { maskError } from './mask-error.ts'
import { areBesideGraphQL, createMetricsRoute } from './metrics-route.ts'
import { createOperations } from './operations.ts'
import { createOrigins } from './origins.ts'
import { readServer } from './server-metrics.ts'
import { createSockets } from './websocket.ts'
import { createStreams } from './yoga.ts'

type Options = { listener: Listener; demoPeople?: readonly DemoPerson[]; readMetrics: () => Promise<string> }

/** Puts the routes behind a port that is open already. */
export async function startServer(services: Services, { listener, demoPeople = [], readMetrics }: Options) {
  const { config, logger } = services
  const origins = createOrigins(services.origins)
  const operations = createOperations({ schema, config, live: createLive(services), metrics: services.metrics })
  const sockets = createSockets({ services, operations, origins })
  readServer(services, sockets)
  const yoga = createStreams(services, operations)
  const answerGraphQL = createGraphQLRoute({ services, operations, yoga, origins })
  const answerAuth = createAuthRoute(services, createClientAddress(config.server.trustedProxies))
  const showGraphiQL = createGraphiQL(services, demoPeople)
  const showHome = createHome(services)
  const accountPages = createAccountPages()
  const readiness = createReadiness(services)
  const showMetrics = createMetricsRoute({ token: config.metrics.token, read: readMetrics })

  async function route(req: IncomingMessage, res: ServerResponse, requestId: string) {
    const { url = '/' } = req
    const end = url.indexOf('?')
    const path = end < 0 ? url : url.slice(0, end)
    const reads = req.method === 'GET' || req.method === 'HEAD'
    if (path === '/graphql' || path.startsWith('/api/auth/')) {
      origins.allow(req, res)
      if (req.method === 'OPTIONS') return origins.answerPreflight(req, res)
      if (path !== '/graphql') return answerAuth(req, res, requestId)
      if (req.method === 'POST') return await answerGraphQL(req, res, requestId)
      if (reads && config.server.graphiql && req.headers.accept?.includes('text/html')) return showGraphiQL(req, res)
      throw new RefusedError(405, 'BAD_USER_INPUT', 'GraphQL is asked by POST.', { allow: 'POST' })
    }
    if (path === '/' && reads) return showHome(req, res)
    if (path === '/email-confirmed' && reads) return accountPages.showEmailConfirmed(req, res)
    if (path === '/reset-password' && reads) return accountPages.showResetPassword(req, res)
    if (path === '/readyz' && reads) {
      const { status, body } = await readiness()
      return sendJson(res, status, body)
    }
    if (path === '/metrics' && reads && areBesideGraphQL(config.metrics)) return showMetrics(req, res)
    throw new RefusedError(404, 'NOT_FOUND', 'There is nothing at this address.')
  }

  async function onRequest(req: IncomingMessage, res: ServerResponse, requestId: string) {
    try {
      await route(req, res, requestId)
    } catch (error) {
      const masked = maskError(error, { requestId, logger })
      if (res.headersSent) res.destroy()
      else if (masked.extensions.code === 'PAYLOAD_TOO_LARGE') await sendErrorEarly(req, res, masked)
      else sendError(res, error, masked)
    }
  }

  listener.serve({ onRequest, onUpgrade: sockets.upgrade })
  return {
    /** Takes no more, and finishes what is in flight within this time. */
    async close(timeoutMs: number) {
      sockets.takeNoMore()
      await Promise.all([listener.stop(timeoutMs), sockets.drain(timeoutMs)])
      await sockets.close()
    },
  }
}
