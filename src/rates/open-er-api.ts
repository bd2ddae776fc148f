import { z } from 'zod'
import { type Quotations, RateProviderError } from './provider.ts'

const answer = z.object({
  result: z.literal('success'),
  base_code: z.string(),
  time_last_update_unix: z.string().regex(/^\d{1,12}$/),
  rates: z.record(z.string(), z.string()),
})

/** The JSON of open.er-api.com, and of whoever answers like it. */
export function parseOpenErApi(text: string): Quotations {
  const { data } = answer.safeParse(parseJson(text))
  if (!data) throw new RateProviderError('the answer is not of the format of open.er-api.com')
  return {
    source: 'open-er-api',
    base: data.base_code,
    asOf: new Date(Number(data.time_last_update_unix) * 1000),
    rates: Object.entries(data.rates).map(([quote, rate]) => ({ quote, rate })),
  }
}

/** Numbers come as the text that they are written as. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text, (_key, value, { source }: { source?: string } = {}) =>
      typeof value === 'number' ? source : value,
    )
  } catch {
    throw new RateProviderError('the answer is no JSON')
  }
}
