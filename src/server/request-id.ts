import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

const sane = /^[A-Za-z0-9._-]{1,64}$/

/** The client's own id when it can go into a log line and a header as it is, else a new one. */
export function requestIdOf(req: IncomingMessage): string {
  const given = req.headers['x-request-id']
  return typeof given === 'string' && sane.test(given) ? given : randomUUID()
}

/** For what keeps its id for long, as a subscription does: in one piece, where V8 would keep a chain of fifteen. */
export const newRequestId = () => Buffer.from(randomUUID()).toString()
