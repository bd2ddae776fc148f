import { join } from 'node:path'
import type { Logger } from '../logger.ts'
import { readIfThere, replaceFile } from './object-store/durable.ts'
import type { ObjectStore } from './object-store/index.ts'

type Options = { dataDir: string; logger: Logger; start: (port: number) => Promise<ObjectStore> }

/**
 * The store keeps its port over restarts, unless somebody else has it by then: the addresses of what is published are in
 * caches, in lists, and in sealed metadata for ever.
 */
export async function startOnPortOfBefore({ dataDir, logger, start }: Options): Promise<ObjectStore> {
  const path = join(dataDir, 'object-store.port')
  const before = Number((await readIfThere(path))?.toString())
  const isPort = Number.isInteger(before) && before > 0 && before < 65_536
  const store = isPort ? ((await start(before).catch(unlessTaken)) ?? (await start(0))) : await start(0)
  if (isPort && store.port !== before) {
    logger.warn(
      `the port ${before} of the embedded object store is taken: what was published at it answers at no address`,
    )
  }
  if (store.port !== before) await replaceFile(path, `${store.port}\n`)
  return store
}

function unlessTaken(error: unknown): null {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE' || code === 'EACCES') return null
  throw error
}
