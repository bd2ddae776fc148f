import { type Config, readConfig } from '../config.ts'
import { type DatabaseRuntime, openDatabase } from '../embedded/index.ts'
import { createLogger, type Logger } from '../logger.ts'

/** What a command that is not a gateway works against: DATABASE_URL, or the embedded server of DATA_DIR, running or not. */
export async function withDatabase<T>(
  work: (runtime: DatabaseRuntime, options: { config: Config; logger: Logger }) => Promise<T>,
): Promise<T> {
  const config = readConfig()
  const logger = createLogger('warn')
  const runtime = await openDatabase({ config, logger })
  try {
    return await work(runtime, { config, logger })
  } finally {
    await runtime[Symbol.asyncDispose]()
  }
}
