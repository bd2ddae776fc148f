import { and, eq, lte } from 'drizzle-orm'
import { exchangeRates, manual } from '../../db/schema/rate.ts'
import { transaction, type Writer } from '../../db/transaction.ts'
import { rateEnded } from '../../events.ts'
import { lockRates } from './store.ts'

/** Says of the manual rates whose time has come that they are over. That they count no more needs nobody to say so. */
export function endManualRates(writer: Writer) {
  return transaction(writer, async (tx) => {
    const at = await lockRates(tx)
    const ended = await tx.db
      .delete(exchangeRates)
      .where(and(eq(exchangeRates.source, manual), lte(exchangeRates.expiresAt, at)))
      .returning()
    for (const { quotationId: id, base, quote, source, expiresAt } of ended) {
      tx.record(rateEnded({ id, base, quote, source, at: at.getTime(), expiresAt: expiresAt.getTime() }))
    }
  })
}
