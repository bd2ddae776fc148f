import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Registry } from 'prom-client'
import type { Config } from '../config.ts'
import { RefusedError } from './answer.ts'

export type MetricsRoute = (req: IncomingMessage, res: ServerResponse) => Promise<void>
type Options = { token: string | null; read: () => Promise<string> }

/** The numbers of the process in the text format of Prometheus, for whoever has the token where there is one. */
export function createMetricsRoute({ token, read }: Options): MetricsRoute {
  return async (req, res) => {
    if (token !== null && !isSame(bearerOf(req), token)) {
      const headers = { 'www-authenticate': 'Bearer' }
      throw new RefusedError(401, 'UNAUTHENTICATED', 'Metrics are for whoever has METRICS_TOKEN.', headers)
    }
    const text = await read()
    res.writeHead(200, { 'content-type': Registry.PROMETHEUS_CONTENT_TYPE, 'cache-control': 'no-store' })
    res.end(req.method === 'HEAD' ? undefined : text)
  }
}

/** They are at one place only: METRICS_PORT, else behind METRICS_TOKEN at the address of the gateway, else nowhere. */
export const areBesideGraphQL = ({ port, token }: Config['metrics']) => port === null && token !== null

const bearerOf = (req: IncomingMessage) => /^bearer\s+(\S+)$/i.exec(req.headers.authorization ?? '')?.[1] ?? ''

/** Digests are of one length, and tell nothing of what is compared by the time that it takes. */
const digestOf = (text: string) => createHash('sha256').update(text).digest()
const isSame = (given: string, token: string) => timingSafeEqual(digestOf(given), digestOf(token))
