import { migrate } from '../db/migrate.ts'
import type { Run } from './command.ts'
import { withDatabase } from './with-database.ts'

export const migrateDatabase: Run = () =>
  withDatabase(async ({ database }) => {
    await migrate({ ownerUrl: database.ownerUrl ?? database.url, gatewayUrl: database.url })
    console.log('The database is up to date.')
    return 0
  })
