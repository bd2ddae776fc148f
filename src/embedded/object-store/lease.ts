import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readIfThere } from './durable.ts'

/** Names the server in each answer, so that it can be told from another that got its port. */
export const serverIdHeader = 'x-amz-id-2'

type Lease = { endpoint: string; id: string }

/**
 * A directory is served by one process at a time. Who serves it is written in it; whether it still does is asked of
 * the server itself, since a process id says nothing after a crash or across containers.
 */
export async function takeLease(directory: string, lease: Lease) {
  const path = leasePath(directory)
  for (;;) {
    try {
      await writeFile(path, JSON.stringify(lease), { flag: 'wx', mode: 0o600 })
      break
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    // Whoever wrote the address that is now ours is gone; asking there would be to ask ourselves, before we can answer.
    const isOurs = parseLease(await readIfThere(path))?.endpoint === lease.endpoint
    const endpoint = isOurs ? undefined : await servingEndpoint(directory)
    if (endpoint) throw new Error(`${directory} is already served at ${endpoint}`)
    await rm(path, { force: true })
  }
  return { release: () => rm(path, { force: true }) }
}

/** Where the directory is served right now, by this process or another. */
export async function servingEndpoint(directory: string) {
  const lease = parseLease(await readIfThere(leasePath(directory)))
  if (!lease) return undefined
  try {
    const answer = await fetch(lease.endpoint, { method: 'HEAD', signal: AbortSignal.timeout(2000) })
    return answer.headers.get(serverIdHeader) === lease.id ? lease.endpoint : undefined
  } catch (error) {
    // One that listens and does not answer may be frozen in the middle of a write.
    return (error as Error).name === 'TimeoutError' ? lease.endpoint : undefined
  }
}

function parseLease(content: Buffer | undefined): Lease | undefined {
  try {
    return content && JSON.parse(content.toString())
  } catch {
    return undefined
  }
}

function leasePath(directory: string) {
  return join(directory, 'served-by.json')
}
