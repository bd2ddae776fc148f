import { expect, it } from 'vitest'
import { createSeal } from '../../src/cache/seal.ts'

const seal = createSeal('a secret of the gateway')

it('opens what was sealed under the same name and secret', () => {
  for (const plain of ['', 'x', 'ünïcode \u2028 \u{1f511}', 'x'.repeat(1_000_000)]) {
    expect(seal.open('name', seal.seal('name', plain))).toBe(plain)
    expect(createSeal('a secret of the gateway').open('name', seal.seal('name', plain))).toBe(plain)
  }
})

it('shows nothing of it, and never the same bytes twice', () => {
  const [one, other] = [seal.seal('name', 'the very same'), seal.seal('name', 'the very same')]
  expect(one).not.toBe(other)
  expect(Buffer.from(one, 'base64').includes('very')).toBe(false)
})

it('does not open under another name or another secret', () => {
  const sealed = seal.seal('gatehouse:events:kyc', 'plain')
  expect(seal.open('gatehouse:events:rates', sealed)).toBe(null)
  expect(seal.open('', sealed)).toBe(null)
  expect(createSeal('another secret').open('gatehouse:events:kyc', sealed)).toBe(null)
})

it('does not open what was changed in any place, cut or lengthened', () => {
  const bytes = Buffer.from(seal.seal('name', 'plain'), 'base64')
  for (const index of bytes.keys()) {
    const changed = Buffer.from(bytes)
    changed[index]! ^= 1
    expect(seal.open('name', changed.toString('base64'))).toBe(null)
  }
  for (let length = 0; length < bytes.length; length++) {
    expect(seal.open('name', bytes.subarray(0, length).toString('base64'))).toBe(null)
  }
  expect(seal.open('name', Buffer.concat([bytes, Buffer.of(0)]).toString('base64'))).toBe(null)
})

it.each(['', 'x', '{"an": "object"}', '\u0000', '====', 'A'.repeat(1_000)])('does not open %j', (garbage) => {
  expect(seal.open('name', garbage)).toBe(null)
})
