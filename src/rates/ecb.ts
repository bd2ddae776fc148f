import { XMLParser } from 'fast-xml-parser'
import { z } from 'zod'
import { type Quotations, RateProviderError } from './provider.ts'

/** Attributes stay texts; entities, which the format does not use, stay what they are. */
const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseAttributeValue: false,
  parseTagValue: false,
  processEntities: false,
  removeNSPrefix: true,
  isArray: (name) => name === 'Cube',
})

const rate = z.object({ currency: z.string(), rate: z.string() })
const day = z.object({ time: z.string().regex(/^\d{4}-\d{2}-\d{2}$/), Cube: z.array(rate) })
const envelope = z.object({
  Envelope: z.object({ Cube: z.tuple([z.object({ Cube: z.tuple([day]) })]) }),
})

/**
 * The European Central Bank's daily reference rates, as it publishes them (eurofxref-daily.xml): a gesmes envelope with
 * one day. The day is shown as its beginning in UTC; the base is the euro.
 */
export function parseEcb(text: string, source = 'ecb'): Quotations {
  const { data } = envelope.safeParse(parseXml(text))
  if (!data) throw new RateProviderError('the answer is not of the European Central Bank’s format')
  const [{ Cube: days }] = data.Envelope.Cube
  const [{ time, Cube: rates }] = days
  return {
    source,
    base: 'EUR',
    asOf: new Date(`${time}T00:00:00Z`),
    rates: rates.map(({ currency: quote, rate }) => ({ quote, rate })),
  }
}

function parseXml(text: string): unknown {
  if (/<!DOCTYPE/i.test(text)) throw new RateProviderError('the answer has a document type, which the format has not')
  try {
    return parser.parse(text, true)
  } catch {
    // What the parser says repeats what it was given, however long.
    throw new RateProviderError('the answer is no XML')
  }
}
