import { type Cleanup, createCleanup } from '../cleanup.ts'
import type { Config } from '../config.ts'
import type { EncryptionKey } from '../db/personal-data.ts'
import type { Logger } from '../logger.ts'
import type { StorageServer } from '../storage/index.ts'
import { occupy } from './gateway-file.ts'
import { prepareDatabase, secretsFor, startDatabase, startStore } from './parts.ts'

/** Where the parts of this process are: those that are configured, and for the others those that it brings itself. */
export type Runtime = {
  /** Without an owner the process neither migrates nor runs jobs. */
  database: { url: string; ownerUrl: string | null }
  storage: StorageServer
  secrets: { auth: string; encryptionKeys: readonly EncryptionKey[] }
  /** The origin under which clients reach the gateway. */
  publicUrl: string
  /** The origins of web pages that may talk to it. */
  origins: readonly string[]
  [Symbol.asyncDispose](): Promise<void>
}

type Options = { config: Config; logger: Logger; publicUrl: string; origins: readonly string[] }

/** For a gateway: starts what the environment does not name, and ends it with the last. */
export async function startRuntime({ config, logger, publicUrl, origins }: Options): Promise<Runtime> {
  const cleanup = createCleanup()
  const secretsOf = secretsFor(config)
  try {
    if (!config.database || !config.storage.server) await occupyAlone(config.dataDir, cleanup)
    const database =
      config.database ?? (await prepareDatabase(await startDatabase(config, logger, cleanup), await secretsOf()))
    const storage =
      config.storage.server ?? (await startStore({ config, secrets: await secretsOf(), origins, logger, cleanup }))
    return {
      database,
      storage,
      secrets: {
        auth: config.auth.secret ?? (await secretsOf()).authSecret,
        encryptionKeys: config.auth.encryptionKeys ?? [
          { id: 'embedded', key: Buffer.from((await secretsOf()).encryptionKey, 'base64') },
        ],
      },
      publicUrl,
      origins,
      [Symbol.asyncDispose]: () => cleanup.run(),
    }
  } catch (error) {
    await cleanup.run()
    throw error
  }
}

async function occupyAlone(dataDir: string, cleanup: Cleanup) {
  const place = await occupy(dataDir, 'gateway')
  if ('gateway' in place) {
    throw new Error(`A gateway with the process id ${place.gateway.pid} is already at work on ${dataDir}.`)
  }
  cleanup.add(place.release)
}
