import { onTestFinished } from 'vitest'
import { createStorage } from '../../src/storage/index.ts'
import type { TestGateway } from './gateway.ts'
import { wayForTest } from './way.ts'

/** The services of a gateway whose requests to the store that begin like this do not arrive before they are let. */
export async function throughGate({ services }: TestGateway, beginning: string) {
  const { endpoint, region, settings, client, publicEndpoint } = services.storage
  const gate = await startGate(endpoint, beginning)
  const credentials = await client.config.credentials()
  const server = { endpoint: gate.endpoint, publicEndpoint, region, ...credentials }
  const storage = createStorage({ server, settings })
  onTestFinished(() => storage.close())
  return { ...gate, services: { ...services, storage } }
}

/** A way to a store on which no request that begins like this arrives before it is opened; by '', none at all. */
export async function startGate(endpoint: string, beginning: string) {
  let [arrive, open] = [() => {}, () => {}]
  const reached = new Promise<void>((resolve) => {
    arrive = resolve
  })
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  const { url } = await wayForTest(endpoint, (from, to, isAnswer) => {
    if (isAnswer) return from.pipe(to)
    let before = Promise.resolve()
    return from.on('data', (chunk) => {
      const isHeld = chunk.includes(beginning)
      if (isHeld) arrive()
      before = before.then(() => (isHeld ? opened : undefined)).then(() => void to.write(chunk))
    })
  })
  return { endpoint: new URL(url).origin, reached, open: () => open() }
}
