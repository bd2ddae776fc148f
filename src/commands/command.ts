import { type Config, readConfig } from '../config.ts'
import { type Runtime, startRuntime } from '../embedded/index.ts'
import { createLogger } from '../logger.ts'

export type Command = {
  /** The words that name it. */
  name: string[]
  usage: string
  summary: string
  /** Resolves to the exit code. */
  run(args: string[]): Promise<number>
}

/** What a command that is not a gateway works against: DATABASE_URL, or the embedded server of DATA_DIR, running or not. */
export async function withRuntime<T>(work: (runtime: Runtime, config: Config) => Promise<T>): Promise<T> {
  const config = readConfig()
  const logger = createLogger('warn')
  const runtime = await startRuntime({ config, logger, publicUrl: 'http://localhost', origins: [], role: 'command' })
  try {
    return await work(runtime, config)
  } finally {
    await runtime[Symbol.asyncDispose]()
  }
}
