import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ExecutionArgs, ExecutionResult } from 'graphql'
import { CloseCode, handleProtocols, makeServer, type SubscribePayload } from 'graphql-ws'
import { type WebSocket, WebSocketServer } from 'ws'
import { apiKeyHeader, credentialOf } from '../auth/credential.ts'
import { RateLimitedError, UnavailableError } from '../errors.ts'
import { schema } from '../schema/index.ts'
import type { Services } from '../services.ts'
import { RefusedError, sendErrorRaw } from './answer.ts'
import { createSocketFeed, type SocketFeed } from './live/socket-feed.ts'
import { codeOf, maskError } from './mask-error.ts'
import type { Operations } from './operations.ts'
import type { Origins } from './origins.ts'
import { createPlanLimit } from './plan-limit.ts'
import { contextOf } from './request-context.ts'
import { newRequestId, requestIdOf } from './request-id.ts'
import { maskResult, resultOf } from './result.ts'
import { closeLabel, type SocketCounts } from './server-metrics.ts'
import { createSocketOperations, type SocketOperations } from './socket-operations.ts'
import { createSocketSessions, type SignedSocket, tryAgainLater } from './socket-sessions.ts'

const goingAway = 1001
const pingEveryMs = 12_000
const closeMs = 1_000
/** In place of 1009, which pages are not told by every browser. */
const messageTooLarge = 4413
const tooManySockets = 4429

type Result = ExecutionResult | AsyncIterable<ExecutionResult>
type Work = () => Result | Promise<Result>
type Prepared = ExecutionArgs & { work: Work | null }
type Options = { services: Services; operations: Operations; origins: Origins }
type OpenSocket = SignedSocket & { feed: SocketFeed; begun: SocketOperations }

/** GraphQL over WebSocket (graphql-transport-ws), through the same steps as over HTTP. */
export function createSockets({ services, operations, origins }: Options) {
  const { authSecret, config, logger, viewers, metrics } = services
  const sessions = createSocketSessions(services)
  const assertWithinPlan = createPlanLimit(services)
  const running = new Set<Promise<unknown>>()
  let closing = false
  /** One id for an operation and whatever goes wrong in it. */
  const requestIds = new WeakMap<SubscribePayload, string>()
  const maskedAs = (payload: SubscribePayload) => ({ requestId: requestIds.get(payload) ?? newRequestId(), logger })

  const protocol = makeServer<Record<string, unknown>, OpenSocket>({
    connectionInitWaitTimeout: config.socket.initSeconds * 1000,

    async onConnect({ connectionParams, extra }) {
      const named = credentialsIn(connectionParams)
      if (named) extra.credential = credentialOf(named, authSecret)
      const viewer = await viewers.resolve(extra.credential?.token ?? null)
      // Whoever names a session or a key means it. A cookie comes by itself: one that is out of date is as good as none.
      const isMeant = named !== null || extra.credential?.ambient === false
      if (isMeant && viewer.kind === 'anonymous') return false
      if (!(await sessions.follow(extra, viewer))) {
        extra.socket.close(tooManySockets, 'This session has too many sockets')
        return false
      }
      return true
    },

    async onSubscribe({ extra, subscriptions }, id, payload) {
      const requestId = newRequestId()
      requestIds.set(payload, requestId)
      try {
        if (closing) throw new UnavailableError('The gateway is stopping: try again.')
        // Before anything is waited for: those that came in the same moment count as well, and for a while those that
        // the client wants no more, for they end when what they wait for has come.
        const { maxOperations } = config.socket
        const count = Object.keys(subscriptions).length
        if (count > maxOperations || extra.begun.running() > 2 * maxOperations) {
          throw new RateLimitedError(`A socket has at most ${maxOperations} operations at once.`)
        }
        await assertWithinPlan(extra.credential)
        const operation = operations.prepare(payload)
        const ctx = await contextOf(services, { requestId, credential: extra.credential })
        const given = { ctx, variables: payload.variables, sink: extra.feed.sinkOf(id) }
        const prepared: Prepared = {
          schema,
          document: operation.document,
          operationName: operation.name,
          work: () => (operation.kind === 'subscription' ? operation.subscribe(given) : operation.execute(given)),
        }
        return prepared
      } catch (error) {
        return resultOf(error).errors!
      }
    },

    execute: (args) => {
      const executed = answerOf(workOf(args))
      running.add(executed)
      return executed.finally(() => running.delete(executed))
    },
    subscribe: (args) => answerOf(workOf(args)),
    onNext: (_ctx, _id, payload, _args, result) => maskResult(result, maskedAs(payload)),
    onError: (_ctx, _id, payload, errors) => errors.map((error) => maskError(error, maskedAs(payload))),
  })

  const counts: SocketCounts = { subscriptions: 0, deliveries: 0 }
  const server = new WebSocketServer({ noServer: true, maxPayload: config.socket.maxMessageBytes, handleProtocols })

  server.on('connection', (socket: WebSocket, request: IncomingMessage, connection: Socket) => {
    const feed = createSocketFeed({ socket, connection, maxQueuedBytes: config.socket.maxQueuedBytes, counts, logger })
    const begun = createSocketOperations(socket)
    const signed: OpenSocket = { socket, feed, begun, credential: credentialOf(request.headers, authSecret) }
    sayTooLarge(socket)
    readNoFaster(socket, connection, config.socket.maxQueuedBytes)
    // Too large a message, a frame that is none: ws closes with the code that says so.
    socket.on('error', (error) => logger.debug({ err: error }, 'a socket broke the protocol'))
    const stopPinging = keepAlive(socket)
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        // The next event is asked for when this one is on its way: a slow reader is a slow reader of the log.
        send: (text) =>
          new Promise((resolve, reject) => {
            if (socket.readyState !== socket.OPEN) return resolve()
            socket.send(text, (error) => (error ? reject(error) : resolve()))
          }),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (take) =>
          socket.on('message', (data) => {
            begun.take(String(data), take).catch((error: unknown) => {
              if (socket.readyState !== socket.OPEN) return
              if (codeOf(error) === 'UNAVAILABLE') return socket.close(tryAgainLater, 'Try again later')
              logger.error({ err: error }, 'a message of a socket failed')
              socket.close(CloseCode.InternalServerError, 'Internal server error')
            })
          }),
      },
      signed,
    )
    socket.once('close', (code, reason) => {
      metrics.socketsClosed.add(closeLabel(code))
      stopPinging()
      feed.close()
      sessions.forget(signed)
      closed(code, String(reason)).catch((error: unknown) =>
        logger.warn({ err: error }, 'a socket did not end cleanly'),
      )
    })
  })

  return {
    counts,
    open: () => server.clients.size,
    upgrade(req: IncomingMessage, socket: Duplex, head: Buffer) {
      const refusal = refusalOf(req)
      if (!refusal)
        return server.handleUpgrade(req, socket, head, (opened) => server.emit('connection', opened, req, socket))
      const masked = maskError(refusal, { requestId: requestIdOf(req), logger })
      sendErrorRaw(socket, refusal.status === 404 ? '404 Not Found' : '403 Forbidden', masked)
    },
    takeNoMore() {
      closing = true
    },
    /** Waits for the queries and mutations that have begun. */
    drain: (timeoutMs: number) =>
      Promise.race([Promise.allSettled(running), sleep(timeoutMs, undefined, { ref: false })]),
    async close() {
      for (const socket of server.clients) socket.close(goingAway, 'Going away')
      const closed = new Promise((resolve) => server.close(resolve))
      await Promise.race([closed, sleep(closeMs, undefined, { ref: false })])
      for (const socket of server.clients) socket.terminate()
    },
  }

  /** A page may open a socket to anybody, cookies included: only the Origin tells whose page it is. */
  function refusalOf(req: IncomingMessage): RefusedError | null {
    if (req.url?.split('?', 1)[0] !== '/graphql') {
      return new RefusedError(404, 'NOT_FOUND', 'There is nothing at this address.')
    }
    const { origin } = req.headers
    const needsOrigin = origin !== undefined || credentialOf(req.headers, authSecret)?.ambient
    return needsOrigin && !origins.isTrusted(origin)
      ? new RefusedError(403, 'CSRF_REJECTED', 'This origin is not trusted.')
      : null
  }
}

/** Given away: graphql-ws holds the arguments for as long as a subscription lives, and with them all that it was begun with. */
function workOf(args: ExecutionArgs): Work {
  const prepared = args as Prepared
  const work = prepared.work!
  prepared.work = null
  return work
}

/** graphql-ws closes the whole socket over what an operation throws: an answer with the error in it is what is meant. */
async function answerOf(work: Work) {
  try {
    return await work()
  } catch (error) {
    return resultOf(error)
  }
}

/** HTTP's headers know no case, and clients carry that over. Null: there are none. */
function credentialsIn(params: Record<string, unknown> | undefined) {
  const given = new Map(Object.entries(params ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]))
  const [authorization, apiKey] = [given.get('authorization'), given.get(apiKeyHeader)]
  if (authorization === undefined && apiKey === undefined) return null
  return { authorization, [apiKeyHeader]: apiKey }
}

/** The library closes by itself over a message that is too large: only the code is ours. */
function sayTooLarge(socket: WebSocket) {
  const close = socket.close.bind(socket)
  socket.close = (code, reason) => close(code === 1009 ? messageTooLarge : code, reason)
}

/** Most messages are answered: who sends them and does not read is not read from either. */
function readNoFaster(socket: WebSocket, connection: Socket, maxQueuedBytes: number) {
  const holdBack = () => {
    if (socket.isPaused || connection.writableLength <= maxQueuedBytes) return
    socket.pause()
    connection.once('drain', () => socket.resume())
  }
  socket.on('message', holdBack).on('ping', holdBack)
}

/** A connection that broke without a word is found out within two pings. */
function keepAlive(socket: WebSocket) {
  let alive = true
  socket.on('pong', () => {
    alive = true
  })
  const timer = setInterval(() => {
    if (!alive) return socket.terminate()
    alive = false
    socket.ping()
  }, pingEveryMs)
  return () => clearInterval(timer)
}
