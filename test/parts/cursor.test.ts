import { expect, it } from 'vitest'
import { streams } from '../../src/db/schema/event.ts'
import { BadUserInputError } from '../../src/errors.ts'
import {
  type Cursor,
  decodeCursor,
  encodeCursor,
  isBefore,
  type Place,
  placeIn,
  samePlace,
} from '../../src/log/cursor.ts'
import { genesisHash } from '../../src/log/event.ts'

const hash = '0123456789abcdef'.repeat(4)
const text = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

it('goes there and back, with the first eight bytes of each hash', () => {
  const cursor: Cursor = {
    kyc: { position: 12, hash },
    accounts: { position: Number.MAX_SAFE_INTEGER, hash },
    rates: { position: 0, hash: genesisHash },
  }
  const encoded = encodeCursor(cursor)
  expect(encoded).toMatch(/^[\w-]+$/)
  expect(decodeCursor(encoded)).toEqual({
    kyc: { position: 12, hash: hash.slice(0, 16) },
    accounts: { position: Number.MAX_SAFE_INTEGER, hash: hash.slice(0, 16) },
    rates: { position: 0, hash: '0'.repeat(16) },
  })
  expect(placeIn(encoded, 'kyc')).toEqual({ position: 12, hash: hash.slice(0, 16) })
})

it('is the same text for the same places, whatever their order', () => {
  const [kyc, rates] = [
    { position: 1, hash },
    { position: 2, hash },
  ]
  expect(encodeCursor({ kyc, rates })).toBe(encodeCursor({ rates, kyc }))
})

it('says that it has no position in a stream that it does not cover', () => {
  const encoded = encodeCursor({ kyc: { position: 1, hash } })
  for (const stream of streams.filter((name) => name !== 'kyc')) {
    expect(() => placeIn(encoded, stream, 'after')).toThrow(BadUserInputError)
    expect(() => placeIn(encoded, stream, 'after')).toThrow(`no position in the stream ${stream}`)
  }
})

const place = ['kyc', 1, hash.slice(0, 16)]
it.each([
  ['nothing', ''],
  ['no base64', '%%%%'],
  ['no JSON', Buffer.from('{"').toString('base64url')],
  ['null', text(null)],
  ['an object', text({ kyc: 1 })],
  ['another version', text([2, place])],
  ['no place', text([1])],
  ['a place that is none', text([1, 'kyc'])],
  ['null for a place', text([1, null])],
  ['an unknown stream', text([1, ['users', 1, hash.slice(0, 16)]])],
  ['a stream that every object has', text([1, ['__proto__', 1, hash.slice(0, 16)]])],
  ['a negative position', text([1, ['kyc', -1, hash.slice(0, 16)]])],
  ['half a position', text([1, ['kyc', 0.5, hash.slice(0, 16)]])],
  ['a position beyond counting', text([1, ['kyc', 2 ** 53, hash.slice(0, 16)]])],
  ['a position in words', text([1, ['kyc', '1', hash.slice(0, 16)]])],
  ['a short hash', text([1, ['kyc', 1, hash.slice(0, 14)]])],
  ['a long hash', text([1, ['kyc', 1, hash]])],
  ['a hash that is none', text([1, ['kyc', 1, 'x'.repeat(16)]])],
  ['a list for a hash', text([1, ['kyc', 1, [hash.slice(0, 16)]]])],
])('refuses %s as BAD_USER_INPUT, naming the argument', (_what, cursor) => {
  const fault = { code: 'BAD_USER_INPUT', details: { fields: [{ path: 'input.after' }] } }
  const refused = expect(() => decodeCursor(cursor, 'input.after'))
  refused.toThrow(
    expect.objectContaining({ ...fault, details: { fields: [expect.objectContaining(fault.details.fields[0]!)] } }),
  )
})

it('is at the same place when position and the beginning of the hash are the same', () => {
  expect(samePlace({ position: 1, hash: hash.slice(0, 16) }, { position: 1, hash })).toBe(true)
  expect(samePlace({ position: 2, hash }, { position: 1, hash })).toBe(false)
  expect(samePlace({ position: 1, hash: `f${hash.slice(1)}` }, { position: 1, hash })).toBe(false)
})

it('comes before another: by its position, then by what was seen of the next event, nothing first', () => {
  const places: Place[] = [
    { position: 1, hash, part: 'USD' },
    { position: 2, hash },
    { position: 2, hash, part: 'CHF' },
    { position: 2, hash, part: 'EUR' },
    { position: 3, hash },
  ]
  for (const [index, one] of places.entries()) {
    for (const [otherIndex, other] of places.entries()) expect(isBefore(one, other)).toBe(index < otherIndex)
  }
})
