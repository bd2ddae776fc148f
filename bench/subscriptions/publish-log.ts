import { once } from 'node:events'
import { readConfig } from '../../src/config.ts'
import { createCore } from '../../src/core.ts'
import { transaction } from '../../src/db/transaction.ts'
import { transferRecorded } from '../../src/events.ts'
import { createLogger } from '../../src/logger.ts'
import type { Publish } from './publisher.ts'
import { nowMicros } from './topics.ts'
import { idOf, transferNumber } from './transfer.ts'

/**
 * Another process of the same gateway, as far as the log is concerned: events committed in PostgreSQL, then the
 * doorbell. The rows of the transfers are the business of the other benchmark.
 */
export async function createLogPublisher(): Promise<Publish> {
  const config = readConfig()
  const logger = createLogger(config.logLevel)
  const databaseUrl = config.database!.url
  const core = createCore({ config, databaseUrl, authSecret: config.auth.secret!, logger })
  const { publisher } = core.redis!
  if (publisher.status !== 'ready') await once(publisher, 'ready')
  // Nobody follows the log in this process.
  const services = { ...core, tails: { ...core.tails, offer: () => {} } }
  return async (numbers) => {
    await transaction({ services }, async (tx) => {
      for (const number of numbers) tx.record(transferRecorded(idOf(number), transferNumber(number)))
    })
    return nowMicros()
  }
}
