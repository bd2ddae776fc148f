import { type Quotations, RateProviderError } from './provider.ts'

/** A decimal number greater than zero, as XML and JSON write it; what PostgreSQL can keep of it is PostgreSQL's to say. */
const decimal = /^(\d{1,40})(\.\d{1,40})?([eE][+-]?\d{1,2})?$/
/** Clocks differ. */
const skewMs = 5 * 60_000

const currencies = new Set(Intl.supportedValuesOf('currency'))

/**
 * All or nothing: one wrong rate makes a wrong answer. What is no currency of ISO 4217 is left out: nobody can ask for it.
 * The base may be among the quotes, as it is with some.
 */
export function checkQuotations({ source, base, asOf, rates }: Quotations): Quotations {
  if (!currencies.has(base)) throw new RateProviderError(`the base is ${printable(base)}, which is no currency`)
  if (!(asOf.getTime() > 0)) throw new RateProviderError('the time of the rates is none')
  if (asOf.getTime() > Date.now() + skewMs) {
    throw new RateProviderError(`the rates are of ${asOf.toISOString()}, which is yet to come`)
  }
  const known = rates.filter(({ quote }) => currencies.has(quote) && quote !== base)
  if (known.length === 0) throw new RateProviderError('there is no rate in the answer')
  for (const { quote, rate } of known) {
    const [, whole, fraction = ''] = decimal.exec(rate) ?? []
    if (whole === undefined) throw new RateProviderError(`the rate of ${quote} is ${printable(rate)}`)
    if (!/[1-9]/.test(whole + fraction)) throw new RateProviderError(`the rate of ${quote} is zero`)
  }
  const seen = new Set<string>()
  for (const { quote } of known) {
    if (seen.has(quote)) throw new RateProviderError(`there are two rates of ${quote}`)
    seen.add(quote)
  }
  return { source, base, asOf, rates: known }
}

const printable = (text: string) => JSON.stringify(text.slice(0, 40))
