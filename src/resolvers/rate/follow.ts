import { type SQL, sql } from 'drizzle-orm'
import type { Context } from '../../context.ts'
import type { Db } from '../../db/client.ts'
import type { RatePayload } from '../../events.ts'
import { type Place, placeIn } from '../../log/cursor.ts'
import type { LoggedEvent } from '../../log/event.ts'
import { followed } from '../../log/feed.ts'
import { assertValid } from '../input.ts'
import { type ExchangeRate, quotesFault, ratesAt, readExchangeRates } from './read.ts'

type Asked = { base: string | null; quotes: readonly string[] | null }
type RateEvent = LoggedEvent & { payload: RatePayload }
/** `place`: from where on a subscription goes on after this. */
export type ExchangeRateEvent = { place: Place; rate: ExchangeRate }

/**
 * The rates of a base whenever a quotation that they rest on is new or over, as they were at that event; without a base
 * those of the pairs that were quoted themselves. For everybody.
 */
export async function followExchangeRateChanges(ctx: Context, { after, ...asked }: Asked & { after: string | null }) {
  const { base, quotes } = asked
  assertValid([
    quotes !== null && base === null && { path: 'quotes', message: 'Goes with `base` only.' },
    quotesFault(quotes),
  ])
  const { db } = ctx.services
  return followed<ExchangeRateEvent>({
    stream: 'rates',
    after: after === null ? null : placeIn(after, 'rates'),
    concerns: isRateEvent,
    async select(_viewer, event, place) {
      if (!isRateEvent(event)) return []
      const rates = await changedRates(db, event, asked)
      return rates
        .map((rate, index) => ({ place: placeOf(event, rates, index), rate }))
        .filter(({ rate }) => place?.part === undefined || rate.quote > place.part)
    },
  })
}

const isRateEvent = (event: LoggedEvent): event is RateEvent => 'quotationId' in event.payload

/** One event may change many rates. After all but the last one goes on in the middle of it: before it, with what was seen. */
function placeOf(event: LoggedEvent, rates: ExchangeRate[], index: number): Place {
  if (index === rates.length - 1) return event
  return { position: event.position - 1, hash: event.previousHash, part: rates[index]!.quote }
}

async function changedRates(db: Db, event: RateEvent, asked: Asked): Promise<ExchangeRate[]> {
  const base = asked.base ?? event.payload.base
  const quotes = asked.base === null ? [event.payload.quote] : concerned(event.payload, base, asked.quotes)
  return quotes?.length === 0 ? [] : readChangedRates(db, event, { base, quotes })
}

/** A quotation that is not of the base itself changes no rate of it but those of the two that were quoted. */
function concerned({ base: one, quote: other }: RatePayload, base: string, quotes: readonly string[] | null) {
  const wanted = quotes && [...new Set(quotes)].filter((quote) => quote !== base).sort()
  if (base === one || base === other) return wanted
  return [one, other].sort().filter((quote) => wanted === null || wanted.includes(quote))
}

/** Each rate once in a refresh that changes both of its legs: at the event of the newer. One that ended left its place to another. */
function readChangedRates(db: Db, { type, payload }: RateEvent, question: { base: string; quotes: string[] | null }) {
  const { quotationId: id, expiresAt } = payload
  const at = new Date(payload.at)
  return readExchangeRates(
    db,
    { ...question, at },
    type === 'rate.ended' ? restedOn(question, id, expiresAt!) : sql`r.legs[1] = ${id}`,
  )
}

const restedOn = (question: { base: string; quotes: string[] | null }, id: number, expiresAt: number): SQL =>
  sql`r.quote in (select quote from ${ratesAt({ ...question, at: new Date(expiresAt - 1) })} where ${id} = any(legs))`
