import type { Config } from '../config.ts'
import type { Logger } from '../logger.ts'
import { createMetrics } from '../metrics/index.ts'
import { RefusedError, sendError } from './answer.ts'
import { listen } from './listener.ts'
import { maskError } from './mask-error.ts'
import { createMetricsRoute } from './metrics-route.ts'

type Options = { config: Config; logger: Logger; read: () => Promise<string> }

/** METRICS_PORT, where there is one: nothing but `/metrics` and `/healthz` is behind it, on the address of HOST. */
export async function listenForMetrics({ config, logger, read }: Options) {
  const { port, token } = config.metrics
  if (port === null) return null
  const showMetrics = createMetricsRoute({ token, read })
  // What is asked here is not among what it is asked about.
  const metrics = createMetrics()
  const listener = await listen({ host: config.server.host, port, name: 'METRICS_PORT', metrics, logger })
  listener.serve({
    async onRequest(req, res, requestId) {
      try {
        const isRead = req.method === 'GET' || req.method === 'HEAD'
        if (!isRead || req.url?.split('?', 1)[0] !== '/metrics') throw nothingHere()
        await showMetrics(req, res)
      } catch (error) {
        sendError(res, error, maskError(error, { requestId, logger }))
      }
    },
    onUpgrade: (_req, socket) => socket.destroy(),
  })
  return listener
}

const nothingHere = () => new RefusedError(404, 'NOT_FOUND', 'There is nothing at this address.')
