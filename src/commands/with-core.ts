import { type Core, createCore } from '../core.ts'
import { withMigratedDatabase } from './with-database.ts'

/** For a command that changes what is there: running gateways hear of it as if one of them had done it. */
export const withCore = <T>(work: (services: Core) => Promise<T>): Promise<T> =>
  withMigratedDatabase(async ({ database, authSecret }, options) => {
    const services = createCore({ ...options, databaseUrl: database.url, authSecret })
    try {
      await services.tails.start()
      return await work(services)
    } finally {
      await services[Symbol.asyncDispose]()
    }
  })
