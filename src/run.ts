import { type Config, readConfig } from './config.ts'
import { createLogger } from './logger.ts'
import type { DemoPerson } from './server/graphiql.ts'
import { type Gateway, startGateway } from './start.ts'
import { findSupervisor } from './worker.ts'
import { superviseWorkers } from './workers.ts'

type Options = {
  config?: Config
  demoPeople?: readonly DemoPerson[]
  /** Before the line with the address is printed. */
  onReady?: (gateway: Gateway) => Promise<void>
}

/** A gateway as a process of its own. Resolves to its exit code, after SIGTERM or Ctrl-C; a second signal ends it at once. */
export async function runGateway({ config = readConfig(), demoPeople, onReady }: Options = {}): Promise<number> {
  const logger = createLogger(config.logLevel)
  const supervisor = findSupervisor()
  if (config.workers > 1 && !supervisor) return superviseWorkers({ config, logger })
  const starting = startGateway({ config, logger, supervisor, ...(demoPeople && { demoPeople }) })

  let stopping = false
  const stopped = new Promise<void>((resolve) => {
    const stop = async (signal: string) => {
      // A service manager tells every process of a gateway to stop, and so does the supervisor: that is not impatience.
      if (stopping && supervisor) return
      if (stopping) process.exit(1)
      stopping = true
      logger.info({ signal }, 'stopping')
      // What is half started can only be ended when it has started.
      const gateway = await starting.catch(() => null)
      await gateway?.close()
      resolve()
    }
    process.on('SIGTERM', stop)
    // Ctrl-C in a terminal reaches workers, too: they end when their supervisor says so.
    process.on('SIGINT', supervisor ? () => {} : stop)
    supervisor?.onStop(stop)
  })

  const gateway = await starting
  try {
    await onReady?.(gateway)
  } catch (error) {
    // What it worked with has gone from under it.
    if (stopping) logger.info({ err: error }, 'not made ready')
    else {
      await gateway.close()
      throw error
    }
  }
  if (supervisor) supervisor.ready(gateway.url)
  else if (!stopping) console.log(`Gatehouse is ready at ${gateway.url}`)
  await stopped
  logger.info('stopped')
  return 0
}
