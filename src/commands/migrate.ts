import { migrate } from '../db/migrate.ts'
import { type Command, withDatabase } from './command.ts'

export const migrateCommand: Command = {
  name: ['migrate'],
  usage: 'migrate',
  summary: 'bring the database to this version; any number of times, any number at once',
  run: () =>
    withDatabase(async ({ database }) => {
      await migrate({ ownerUrl: database.ownerUrl ?? database.url, gatewayUrl: database.url })
      console.log('The database is up to date.')
      return 0
    }),
}
