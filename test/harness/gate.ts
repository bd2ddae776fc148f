import { createConnection, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { createStorage } from '../../src/storage/index.ts'
import type { TestGateway } from './gateway.ts'

/** The services of a gateway whose requests to the store that begin like this do not arrive before they are let. */
export async function throughGate({ services }: TestGateway, beginning: string) {
  const { endpoint, region, settings, client, publicEndpoint } = services.storage
  const { hostname, port } = new URL(endpoint)
  const gate = await startGate({ hostname, port: Number(port) }, beginning)
  const credentials = await client.config.credentials()
  const server = { endpoint: gate.endpoint, publicEndpoint, region, ...credentials }
  const storage = createStorage({ server, settings })
  onTestFinished(() => storage.close())
  return { ...gate, services: { ...services, storage } }
}

/** A way to a store on which a request that begins like this does not arrive before it is opened. */
async function startGate({ hostname, port }: { hostname: string; port: number }, beginning: string) {
  const sockets: Socket[] = []
  let [arrive, open] = [() => {}, () => {}]
  const reached = new Promise<void>((resolve) => {
    arrive = resolve
  })
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  const server = createServer((client) => {
    const upstream = createConnection(port, hostname)
    sockets.push(client, upstream)
    for (const socket of [client, upstream]) socket.on('error', () => {})
    upstream.pipe(client)
    let before = Promise.resolve()
    client.on('data', (chunk) => {
      const isHeld = chunk.includes(beginning)
      if (isHeld) arrive()
      before = before.then(() => (isHeld ? opened : undefined)).then(() => void upstream.write(chunk))
    })
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return { endpoint: `http://127.0.0.1:${(server.address() as { port: number }).port}`, reached, open: () => open() }
}
