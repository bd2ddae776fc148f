import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { UnavailableError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { Metrics } from '../metrics/index.ts'
import { RefusedError, sendError, sendErrorRaw, sendJson } from './answer.ts'
import { createInFlight } from './in-flight.ts'
import { maskError } from './mask-error.ts'
import { isWebSocket, takeAsPlain } from './not-upgraded.ts'
import { requestIdOf } from './request-id.ts'
import { GatewayResponse } from './response.ts'

/** A request is to have come whole within this time; whoever sends it drop by drop holds nothing for long. */
const requestTimeoutMs = 30_000
/** Longer than the idle time of common load balancers, so that it is they who close a connection, not we under a request. */
const keepAliveTimeoutMs = 65_000

export const localOrigins = (port: number) =>
  ['localhost', '127.0.0.1', '[::1]'].map((name) => `http://${name}:${port}`)

export type Listener = Awaited<ReturnType<typeof listen>>
type Handlers = {
  onRequest: (req: IncomingMessage, res: ServerResponse, requestId: string) => void
  onUpgrade: (req: IncomingMessage, socket: Duplex, head: Buffer) => void
}
type Options = { host: string; port: number; name?: string; metrics: Metrics; logger: Logger }

/**
 * The port, before there is anything behind it: a port in use is known at once, and a free one has its number. Until
 * `serve`, and again from `stop` on, the answer is UNAVAILABLE.
 */
export async function listen({ host, port, name = 'PORT', metrics, logger }: Options) {
  let handlers: Handlers | null = null
  let state: 'starting' | 'ready' | 'stopping' = 'starting'
  const inFlight = createInFlight()

  const unavailable = (requestId: string) =>
    maskError(new UnavailableError(`The gateway is ${state}: try again.`), { requestId, logger })

  const server = createServer({ ServerResponse: GatewayResponse }, (req, res) => {
    const began = performance.now()
    const end = inFlight.add(res)
    res.on('close', () => {
      // Whoever went before there was an answer was not told 200.
      const status = res.headersSent ? String(res.statusCode) : 'none'
      metrics.requests.of(routeOf(req.url), status).observe((performance.now() - began) / 1000)
      end()
    })
    const requestId = requestIdOf(req)
    res.requestId = requestId
    if (state === 'stopping') res.setHeader('connection', 'close')
    if (req.url === '/healthz') return sendJson(res, 200, { status: 'alive' })
    if (state === 'ready' && handlers) return handlers.onRequest(req, res, requestId)
    if (req.url === '/readyz') return sendJson(res, 503, { status: state })
    sendError(res, null, unavailable(requestId))
  })
  server.requestTimeout = requestTimeoutMs
  server.keepAliveTimeout = keepAliveTimeoutMs
  server.on('upgrade', (req, socket, head) => {
    if (!isWebSocket(req)) return takeAsPlain(server, req, socket, head)
    if (state === 'ready' && handlers) return handlers.onUpgrade(req, socket, head)
    sendErrorRaw(socket, '503 Service Unavailable', unavailable(requestIdOf(req)))
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const refused = new RefusedError(400, 'BAD_USER_INPUT', 'This is not a request that HTTP/1.1 knows.')
    logger.debug({ code: error.code }, 'a connection did not speak HTTP')
    sendErrorRaw(socket, '400 Bad Request', maskError(refused, { requestId: 'none', logger }))
  })

  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(error, host, port, name)))
    server.listen(port, host, resolve)
  })
  const address = server.address() as AddressInfo

  return {
    port: address.port,
    /** How clients reach it when nobody has said otherwise. */
    url: `http://localhost:${address.port}`,
    /** The names that a browser on this machine may have it under, too. */
    origins: localOrigins(address.port),
    serve(given: Handlers) {
      handlers = given
      state = 'ready'
    },
    /** Takes no more, and waits for the answers that are due; streams have none, they end. */
    async stop(timeoutMs: number) {
      state = 'stopping'
      server.close()
      for (const res of inFlight.all()) {
        if (!res.headersSent) res.setHeader('connection', 'close')
        else if (String(res.getHeader('content-type')).startsWith('text/event-stream')) res.end()
      }
      await Promise.race([inFlight.drained(), sleep(timeoutMs, undefined, { ref: false })])
      const requests = inFlight.size()
      if (requests > 0) logger.warn({ requests }, 'requests were cut off: they took too long')
      server.closeAllConnections()
    },
  }
}

/** Few, whatever clients ask for: each is a series of numbers for ever. */
function routeOf(url = ''): string {
  if (url === '/graphql' || url.startsWith('/graphql?')) return 'graphql'
  if (url.startsWith('/api/auth/')) return 'auth'
  return /^\/(?:healthz|readyz|metrics)$/.test(url) ? 'probe' : 'other'
}

function cannotListen(error: NodeJS.ErrnoException, host: string, port: number, name: string): Error {
  const why =
    error.code === 'EADDRINUSE'
      ? `another program listens there. Set ${name} to another, or end that program`
      : error.code === 'EACCES'
        ? `this user may not. Set ${name} to 1024 or more`
        : error.message
  return new Error(`The gateway cannot listen on ${host}, port ${port}: ${why}.`, { cause: error })
}
