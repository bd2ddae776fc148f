import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { GraphQLError } from 'graphql'
import { AppError, type ErrorCode } from '../errors.ts'

const discardMs = 1_000

/** An error with another status than its code's, or with headers that go with it. */
export class RefusedError extends AppError {
  readonly status: number
  readonly headers: Record<string, string>

  constructor(status: number, code: ErrorCode, message: string, headers: Record<string, string> = {}) {
    super(code, message)
    this.status = status
    this.headers = headers
  }
}

const statuses: Record<ErrorCode, number> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  BAD_USER_INPUT: 400,
  CONFLICT: 409,
  RATE_LIMITED: 429,
  QUERY_TOO_COMPLEX: 400,
  PAYLOAD_TOO_LARGE: 413,
  CSRF_REJECTED: 403,
  RESYNC_REQUIRED: 409,
  UNAVAILABLE: 503,
  TIMEOUT: 504,
  INTERNAL: 500,
}

export function sendJson(res: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) {
  const text = JSON.stringify(body)
  res.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'content-length': Buffer.byteLength(text),
    ...headers,
  })
  res.end(text)
}

/** An error that came before GraphQL, in the form that GraphQL's errors have. */
export function sendError(res: ServerResponse, error: unknown, masked: GraphQLError) {
  const refused = error instanceof RefusedError ? error : null
  const status = refused?.status ?? statuses[masked.extensions.code as ErrorCode] ?? 500
  sendJson(res, status, { errors: [masked] }, { ...refused?.headers, ...retryAfter(masked) })
}

const retryAfter = ({ extensions: { retryAfterSeconds } }: GraphQLError): Record<string, string> =>
  typeof retryAfterSeconds === 'number' ? { 'retry-after': String(retryAfterSeconds) } : {}

/**
 * Answers before the body has come whole, and takes the rest of it for a while: a connection that is closed under a
 * client which still sends is reset, and the answer is lost.
 */
export async function sendErrorEarly(req: IncomingMessage, res: ServerResponse, masked: GraphQLError) {
  const text = JSON.stringify({ errors: [masked] })
  res.writeHead(statuses[masked.extensions.code as ErrorCode], {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'content-length': Buffer.byteLength(text),
    connection: 'close',
  })
  res.write(text)
  const taken = new Promise((resolve) => req.resume().once('close', resolve))
  await Promise.race([taken, sleep(discardMs)])
  res.end()
}

/** An error on a connection that has no ServerResponse: an upgrade, or what is not HTTP. */
export function sendErrorRaw(socket: Duplex, status: string, masked: GraphQLError) {
  if (!socket.writable) return socket.destroy()
  const text = JSON.stringify({ errors: [masked] })
  socket.on('error', () => socket.destroy())
  socket.end(
    `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  )
}

/** Sends what a handler of the Fetch API answered. A stream is ended at its source when the client goes. */
export async function sendResponse(res: ServerResponse, response: Response) {
  res.statusCode = response.status
  if (!response.headers.has('cache-control')) res.setHeader('cache-control', 'no-store')
  response.headers.forEach((value, name) => {
    // Who may read an answer across origins has been decided in front of the handler.
    if (name !== 'set-cookie' && !name.startsWith('access-control-')) res.setHeader(name, value)
  })
  for (const cookie of response.headers.getSetCookie()) res.appendHeader('set-cookie', cookie)
  if (isStream(response)) return pipe(response.body, res)
  res.end(await response.text())
}

const isStream = (response: Response): response is Response & { body: ReadableStream<Uint8Array> } =>
  response.body !== null && /^(text\/event-stream|multipart\/mixed)/.test(response.headers.get('content-type') ?? '')

const drained = (res: ServerResponse) =>
  new Promise<void>((resolve) => {
    const goOn = () => {
      res.off('drain', goOn).off('close', goOn)
      resolve()
    }
    res.on('drain', goOn).on('close', goOn)
  })

async function pipe(body: ReadableStream<Uint8Array>, res: ServerResponse) {
  const reader = body.getReader()
  res.once('close', () => reader.cancel().catch(() => {}))
  res.flushHeaders()
  for (let chunk = await reader.read(); !chunk.done && res.writable; chunk = await reader.read()) {
    if (!res.write(chunk.value)) await drained(res)
  }
  res.end()
}
