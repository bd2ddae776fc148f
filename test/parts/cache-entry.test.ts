import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeEntry, encodeEntry, type SharedEntry } from '../../src/cache/entry.ts'
import type { Positions } from '../../src/cache/touches.ts'
import { streams } from '../../src/db/schema/event.ts'

const nat = fc.maxSafeNat()
const positions = fc.record(Object.fromEntries(streams.map((stream) => [stream, nat]))) as fc.Arbitrary<Positions>
const body = fc.uint8Array({ minLength: 1 }).map((bytes) => Buffer.from(bytes))
const entry: fc.Arbitrary<SharedEntry> = fc.record({ positions, storedAt: nat, endsAt: nat, body })

/** As somebody would write it who has the secret but another version, or no care. */
const framed = (facts: unknown, rest = 'x') => {
  const text = Buffer.from(typeof facts === 'string' ? facts : JSON.stringify(facts))
  const length = Buffer.alloc(4)
  length.writeUInt32BE(text.length)
  return Buffer.concat([length, text, Buffer.from(rest)])
}

describe('D14: an answer in Redis', () => {
  it('comes back as it went in', () => {
    fc.assert(fc.property(entry, (given) => void expect(decodeEntry(encodeEntry(given))).toEqual(given)))
  })

  it('is nothing when it is something else', () => {
    const whole = { positions: Object.fromEntries(streams.map((stream) => [stream, 1])), storedAt: 1, endsAt: 2 }
    expect(decodeEntry(framed(whole))).not.toBeNull()
    const { accounts, ...others } = whole.positions as Positions
    for (const facts of [
      ...['', '[object Object]', 'null', '[]', '{"positions"', 'NaN'],
      ...[{}, { ...whole, endsAt: '2' }, { ...whole, storedAt: -1 }, { ...whole, endsAt: null }],
      ...[
        { ...whole, positions: others },
        { ...whole, positions: { ...others, accounts: 0.5 } },
      ],
      { ...whole, positions: { ...others, accounts, future: 1 } },
    ])
      expect(decodeEntry(framed(facts)), JSON.stringify(facts)).toBeNull()
    expect(decodeEntry(framed(whole, ''))).toBeNull()
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void expect(decodeEntry(Buffer.from(bytes))).toBeNull()))
  })
})
