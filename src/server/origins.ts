import type { IncomingMessage, ServerResponse } from 'node:http'
import { apiKeyHeader, type Credential } from '../auth/credential.ts'
import { RefusedError } from './answer.ts'
import { positionName } from './position.ts'

const preflightSeconds = 7_200
const allowedHeaders = [
  'authorization',
  apiKeyHeader,
  'cache-control',
  'content-type',
  'x-request-id',
  positionName,
].join(', ')
const exposedHeaders = ['x-request-id', positionName, 'set-auth-token', 'retry-after', 'x-cache', 'age'].join(', ')

export type Origins = ReturnType<typeof createOrigins>

/** Which web pages may talk to the gateway: its own, and those of TRUSTED_ORIGINS. */
export function createOrigins(origins: readonly string[]) {
  const trusted = new Set(origins)
  const isTrusted = (origin: string | undefined) => origin !== undefined && trusted.has(origin)

  return {
    isTrusted,
    /** A browser shows an answer to a page of another origin only if it is told that it may. */
    allow(req: IncomingMessage, res: ServerResponse) {
      const { origin } = req.headers
      if (!origin || !isTrusted(origin)) return
      res.setHeader('access-control-allow-origin', origin)
      res.setHeader('access-control-allow-credentials', 'true')
      res.setHeader('access-control-expose-headers', exposedHeaders)
    },
    /** What a browser asks before it sends a page's request to another origin. */
    answerPreflight(req: IncomingMessage, res: ServerResponse) {
      if (!isTrusted(req.headers.origin)) throw new RefusedError(403, 'FORBIDDEN', 'This origin is not trusted.')
      res.writeHead(204, {
        'access-control-allow-methods': 'GET, POST',
        'access-control-allow-headers': allowedHeaders,
        'access-control-max-age': String(preflightSeconds),
      })
      res.end()
    },
    /** A browser sends cookies by itself, whoever's page asks: such a request must come from a page that is trusted. */
    assertNotForged(req: IncomingMessage, credential: Credential | null) {
      if (!credential?.ambient) return
      if (!isTrusted(req.headers.origin) || !isJson(req)) {
        throw new RefusedError(
          403,
          'CSRF_REJECTED',
          'A request that is signed in by a cookie needs an Origin that is trusted, and content-type: application/json.',
        )
      }
    },
  }
}

export function isJson({ headers: { 'content-type': type } }: IncomingMessage): boolean {
  return type === 'application/json' || type?.split(';', 1)[0]?.trim().toLowerCase() === 'application/json'
}
