import { randomFillSync } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

const sane = /^[A-Za-z0-9._-]{1,64}$/
/** As many as a trace-id of W3C Trace Context has. */
const idBytes = 16
const random = Buffer.alloc(256 * idBytes)
let used = random.length

/** The client's own id when it can go into a log line and a header as it is, else a new one. */
export function requestIdOf(req: IncomingMessage): string {
  const given = req.headers['x-request-id']
  return typeof given === 'string' && sane.test(given) ? given : newRequestId()
}

/** In one piece: of a UUID V8 keeps a chain of fifteen, which each answer then takes a microsecond to write. */
export function newRequestId(): string {
  if (used === random.length) {
    randomFillSync(random)
    used = 0
  }
  used += idBytes
  return random.toString('hex', used - idBytes, used)
}
