import { GraphQLError } from 'graphql'
import { CountryCodeResolver, CurrencyResolver, EmailAddressResolver, JSONObjectResolver } from 'graphql-scalars'
import { getAddress, isAddress, isHash } from 'viem'
import { builder } from './builder.ts'
import { isInstant, isoOf } from './instant.ts'

type Text = { Input: string; Output: string }

export type Scalars = {
  ID: Text
  DateTime: { Input: Date; Output: Date }
  Date: Text
  BigInt: { Input: string; Output: string | number | bigint }
  URL: Text
  EmailAddress: Text
  CountryCode: Text
  Currency: Text
  Decimal: Text
  Locale: Text
  TimeZone: Text
  EvmAddress: Text
  Hash: Text
  ChainId: { Input: number; Output: number }
  JSONObject: { Input: Record<string, unknown>; Output: Record<string, unknown> }
}

const refuse = (message: string): never => {
  throw new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } })
}
const textOf = (value: unknown, what: string) =>
  typeof value === 'string' ? value : refuse(`${what} must be a string.`)

const dateTimePattern = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/

builder.scalarType('DateTime', {
  description: 'An instant, RFC 3339. Answers are in UTC with milliseconds.',
  serialize: isoOf,
  parseValue: (value) => {
    const text = textOf(value, 'A DateTime')
    const date = new Date(text)
    const real = dateTimePattern.test(text) && isInstant(date.getTime()) && isCalendarDate(text.slice(0, 10))
    return real ? date : refuse('A DateTime must be RFC 3339, as 2026-01-31T12:00:00Z.')
  },
})

builder.scalarType('Date', {
  description: 'A day of the calendar, YYYY-MM-DD (RFC 3339 full-date).',
  serialize: (value) => value,
  parseValue: (value) => {
    const text = textOf(value, 'A Date')
    return isCalendarDate(text) ? text : refuse('A Date must be a day that exists, as 2026-01-31.')
  },
})

builder.scalarType('BigInt', {
  description: 'An unsigned integer of at most 256 bits, as a decimal string.',
  serialize: (value) => String(value),
  parseValue: (value) => {
    const text = textOf(value, 'A BigInt')
    const fits = /^(0|[1-9]\d{0,77})$/.test(text) && BigInt(text) < 2n ** 256n
    return fits ? text : refuse('A BigInt must be a decimal string from 0 to 2^256 - 1.')
  },
})

builder.scalarType('URL', {
  description: 'An absolute http(s) URL (RFC 3986).',
  serialize: (value) => value,
  parseValue: (value) => {
    const text = textOf(value, 'A URL')
    const url = URL.canParse(text) ? new URL(text) : null
    return url && /^https?:$/.test(url.protocol)
      ? url.href
      : refuse('A URL must be absolute and begin with http(s)://.')
  },
})

builder.scalarType('EvmAddress', {
  description: '20 bytes, 0x-hex. Accepted in any case, returned with its checksum (EIP-55).',
  serialize: (value) => getAddress(value),
  parseValue: (value) => {
    const text = textOf(value, 'An EvmAddress').toLowerCase()
    return isAddress(text) ? text : refuse('An EvmAddress must be 0x and 40 hexadecimal digits.')
  },
})

builder.addScalarType('EmailAddress', EmailAddressResolver, { description: 'An e-mail address (RFC 5322 addr-spec).' })
builder.scalarType('CountryCode', {
  description: 'A country, ISO 3166-1 alpha-2. Accepted in any case.',
  serialize: (value) => value,
  parseValue: (value) => CountryCodeResolver.parseValue(textOf(value, 'A CountryCode').toUpperCase()) as string,
})

builder.scalarType('Currency', {
  description: 'A currency, ISO 4217. Accepted in any case.',
  serialize: (value) => value,
  parseValue: (value) => CurrencyResolver.parseValue(textOf(value, 'A Currency').toUpperCase()) as string,
})

builder.scalarType('Decimal', {
  description: 'An exact decimal number, as a string: 1.0853.',
  serialize: (value) => value,
  parseValue: (value) => {
    const text = textOf(value, 'A Decimal')
    const fits = /^-?(0|[1-9]\d{0,39})(\.\d{1,40})?$/.test(text)
    return fits ? text : refuse('A Decimal must be a string of digits, with a point where there is a fraction.')
  },
})

builder.scalarType('Locale', {
  description: 'A language, BCP 47 (RFC 5646): de-AT. Returned in its canonical form.',
  serialize: (value) => value,
  parseValue: (value) => localeOf(textOf(value, 'A Locale')) ?? refuse('A Locale must be a BCP 47 tag, as de-AT.'),
})

builder.scalarType('TimeZone', {
  description: 'A time zone of the IANA database: Europe/Amsterdam.',
  serialize: (value) => value,
  parseValue: (value) =>
    timeZoneOf(textOf(value, 'A TimeZone')) ?? refuse('A TimeZone must be a name of the IANA database.'),
})

builder.scalarType('Hash', {
  description: '32 bytes, 0x-hex, in lower case.',
  serialize: (value) => value,
  parseValue: (value) => {
    const text = textOf(value, 'A Hash').toLowerCase()
    return isHash(text) ? text : refuse('A Hash must be 0x and 64 hexadecimal digits.')
  },
})

builder.scalarType('ChainId', {
  description: 'A chain, EIP-155: an integer from 1 to 2^53 - 1.',
  serialize: (value) => value,
  parseValue: (value) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= 1
      ? value
      : refuse('A ChainId must be an integer from 1 to 2^53 - 1.'),
})

builder.addScalarType('JSONObject', JSONObjectResolver, { description: 'A JSON object (RFC 8259).' })

/** `new Date` rolls February 30th over into March. */
function isCalendarDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const date = new Date(`${text}T00:00:00Z`)
  return isInstant(date.getTime()) && date.toISOString().startsWith(text)
}

/** A well-formed tag whose language has a name: `xx` is well-formed, and no language. */
function localeOf(text: string): string | null {
  try {
    const { baseName, language } = new Intl.Locale(text)
    return languageNames.of(language) === undefined ? null : baseName
  } catch {
    return null
  }
}
const languageNames = new Intl.DisplayNames('en', { type: 'language', fallback: 'none' })

/** Names alone: Intl takes offsets like +02:00 too. An alias stays as it is: Intl would make Asia/Calcutta of Asia/Kolkata. */
function timeZoneOf(text: string): string | null {
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions()
    if (!/^[a-z]/i.test(text)) return null
    return timeZone.toLowerCase() === text.toLowerCase() ? timeZone : text
  } catch {
    return null
  }
}
