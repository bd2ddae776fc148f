import pg from 'pg'
import { verifyLog } from '../log/verify.ts'
import type { Run } from './command.ts'
import { withMigratedDatabase } from './with-database.ts'

export const verifyAudit: Run = () =>
  withMigratedDatabase(async ({ database }) => {
    // A connection without the gateway's bounds: a long log takes longer than a query may.
    const client = new pg.Client(database.url)
    await client.connect()
    try {
      const results = await verifyLog(client)
      for (const { stream, events, firstBad } of results) {
        const verdict = firstBad === null ? `${events} events, whole` : `BROKEN at position ${firstBad}`
        console.log(`${stream.padEnd(10)} ${verdict}`)
      }
      return results.some(({ firstBad }) => firstBad !== null) ? 1 : 0
    } finally {
      await client.end()
    }
  })
