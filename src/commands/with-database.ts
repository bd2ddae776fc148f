import { type Config, ConfigError, readConfig } from '../config.ts'
import { assertMigrated } from '../db/migrate.ts'
import { assertDatabaseIn, openParts } from '../embedded/command.ts'
import type { Runtime } from '../embedded/index.ts'
import { createLogger, type Logger, stderr } from '../logger.ts'
import type { StorageServer } from '../storage/index.ts'
import { namingDatabase } from '../unreachable.ts'

type DatabaseRuntime = Pick<Runtime, 'database'> & {
  authSecret: string
  /** For whoever needs it as well. */
  storage(): Promise<StorageServer>
}
type Work<T> = (runtime: DatabaseRuntime, options: { config: Config; logger: Logger }) => Promise<T>

/** What a command that is not a gateway works against: DATABASE_URL, or the embedded server of DATA_DIR, running or not. */
export async function withDatabase<T>(work: Work<T>): Promise<T> {
  const config = readConfig()
  const logger = createLogger('warn', stderr)
  return namingDatabase(config, async () => {
    const parts = openParts({ config, logger })
    try {
      const database = await parts.database()
      return await work({ database, authSecret: await parts.authSecret(), storage: parts.storage }, { config, logger })
    } finally {
      await parts[Symbol.asyncDispose]()
    }
  })
}

/** The same, of a database that is there and at this version: a mistyped DATA_DIR must not become an empty one. */
export async function withMigratedDatabase<T>(work: Work<T>): Promise<T> {
  const { database, dataDir } = readConfig()
  if (!database) assertDatabaseIn(dataDir)
  return withDatabase(async (runtime, options) => {
    try {
      await assertMigrated(runtime.database)
    } catch (error) {
      if (database || !(error instanceof ConfigError)) throw error
      throw new ConfigError([`DATA_DIR: the database in ${dataDir} is not at this version: run \`gatehouse migrate\``])
    }
    return work(runtime, options)
  })
}
