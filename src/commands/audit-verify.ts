import pg from 'pg'
import { verifyLog } from '../log/verify.ts'
import { type Command, withDatabase } from './command.ts'

export const auditVerify: Command = {
  name: ['audit', 'verify'],
  usage: 'audit verify',
  summary: 'recompute every hash of the audit trail; names the first position that does not fit',
  run: () =>
    withDatabase(async ({ database }) => {
      // A connection without the gateway's bounds: a long log takes longer than a query may.
      const client = new pg.Client(database.url)
      await client.connect()
      try {
        const results = await verifyLog(client)
        for (const { stream, events, firstBad } of results) {
          console.log(
            `${stream.padEnd(10)} ${firstBad === null ? `${events} events, whole` : `BROKEN at position ${firstBad}`}`,
          )
        }
        return results.some(({ firstBad }) => firstBad !== null) ? 1 : 0
      } finally {
        await client.end()
      }
    }),
}
