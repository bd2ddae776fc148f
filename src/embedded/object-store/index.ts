import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'
import { uploadRule } from './cors.ts'
import { createHandler } from './handler.ts'
import { serverIdHeader, takeLease } from './lease.ts'
import { type Credentials, createVerifier } from './signature.ts'
import { openStore, type Store } from './store.ts'

export { servingEndpoint } from './lease.ts'

export type ObjectStore = { endpoint: string; port: number; close(): Promise<void> }

type Options = {
  directory: string
  credentials: Credentials
  region?: string
  host?: string
  port?: number
  publicBuckets?: readonly string[]
  allowedOrigins?: readonly string[]
  now?: () => number
  onError?: (error: unknown) => void
}

const closeGraceMs = 5_000

/**
 * A directory behind an S3 endpoint that takes nothing on trust: signatures, lengths, digests, expiry and conditions
 * are checked before a byte counts. One process serves a directory. Multipart uploads and aws-chunked bodies are not
 * implemented: clients need `forcePathStyle` and `requestChecksumCalculation: 'WHEN_REQUIRED'`.
 */
export async function startObjectStore(options: Options): Promise<ObjectStore> {
  const directory = resolve(options.directory)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const id = randomUUID()
  const server = createServer()
  const { endpoint, port } = await listen(server, options.host ?? '127.0.0.1', options.port ?? 0)

  // It answers from here on, since it is asked by who else wants the directory; requests wait for what it holds.
  const opening = open(directory, { endpoint, id }, options)
  server.on('request', async (incoming, response) => {
    response.setHeader(serverIdHeader, id)
    response.once('close', () => {
      if (!server.listening) server.closeIdleConnections()
    })
    const opened = await opening.catch(() => undefined)
    if (opened) await opened.handle(incoming, response)
    else response.destroy()
  })
  try {
    const { store, lease } = await opening
    return {
      endpoint,
      port,
      async close() {
        await stop(server)
        await store.close()
        await lease.release()
      },
    }
  } catch (error) {
    await stop(server)
    throw error
  }
}

async function open(directory: string, who: { endpoint: string; id: string }, options: Options) {
  const { credentials, region = 'us-east-1', now = Date.now, onError = () => {} } = options
  const lease = await takeLease(directory, who)
  try {
    const opened = await openStore(directory)
    const store: Store = { ...opened, region, now, publicBuckets: new Set(options.publicBuckets) }
    const verify = createVerifier({ credentials, region, now })
    const corsRules = options.allowedOrigins?.length ? [uploadRule(options.allowedOrigins)] : []
    return { store, lease, handle: createHandler({ store, verify, corsRules, onError }) }
  } catch (error) {
    await lease.release()
    throw error
  }
}

async function listen(server: Server, host: string, port: number) {
  server.listen(port, host)
  await once(server, 'listening')
  const bound = (server.address() as AddressInfo).port
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host
  return { endpoint: `http://${name}:${bound}`, port: bound }
}

/** Lets requests in flight finish, but not for ever. */
async function stop(server: Server) {
  const closed = once(server, 'close')
  server.close()
  const timer = setTimeout(() => server.closeAllConnections(), closeGraceMs)
  await closed
  clearTimeout(timer)
}
