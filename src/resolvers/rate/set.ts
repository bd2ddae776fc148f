import type { Context } from '../../context.ts'
import { manual } from '../../db/schema/rate.ts'
import { transaction } from '../../db/transaction.ts'
import { rateSet } from '../../events.ts'
import { authorize } from '../../permissions.ts'
import { assertValid, futureFault } from '../input.ts'
import { type ExchangeRate, readExchangeRates } from './read.ts'
import { lockRates, storeQuotations } from './store.ts'

type Input = { base: string; quote: string; rate: string; expiresAt: Date | null }

const dayMs = 86_400_000

/** What an admin sets wins over every provider until it expires, or until the pair or its inverse is set again. */
export async function setExchangeRate(ctx: Context, { base, quote, rate, expiresAt }: Input): Promise<ExchangeRate> {
  authorize(ctx.viewer, 'rate:set')
  assertValid([
    base === quote && { path: 'quote', message: 'Must be another currency than `base`.' },
    rateFault(rate),
    futureFault('expiresAt', expiresAt),
  ])
  return transaction(ctx, async (tx) => {
    const at = await lockRates(tx)
    const ends = expiresAt ?? new Date(at.getTime() + dayMs)
    const quotations = { source: manual, base, asOf: at, rates: [{ quote, rate }] }
    const [stored] = await storeQuotations(tx, quotations, { at, expiresAt: ends })
    const { isChanged: _, ...quotation } = stored!
    tx.record(rateSet({ ...quotation, expiresAt: ends.getTime() }))
    const [shown] = await readExchangeRates(tx.db, { base, quotes: [quote], at })
    return shown!
  })
}

/** Ten digits before the point, ten after it: what PostgreSQL keeps. */
function rateFault(rate: string) {
  const path = 'rate'
  if (!/^\d{1,10}(\.\d{1,10})?$/.test(rate)) {
    return { path, message: 'Must be greater than zero, with at most 10 digits before and 10 after the point.' }
  }
  return /[1-9]/.test(rate) ? null : { path, message: 'Must be greater than zero.' }
}
