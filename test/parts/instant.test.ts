import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isoOf } from '../../src/schema/instant.ts'

const instant = fc.date({ noInvalidDate: true })
const nearIt = fc.integer({ min: -200_000_000, max: 200_000_000 })

it('an instant is written as Date writes it, whichever was written before', () => {
  fc.assert(
    fc.property(instant, fc.array(nearIt, { maxLength: 20 }), (first, steps) => {
      const dates = [first, ...steps.map((step) => new Date(first.getTime() + step))]
      const valid = dates.filter((date) => !Number.isNaN(date.getTime()))
      expect(valid.map(isoOf)).toEqual(valid.map((date) => date.toISOString()))
    }),
  )
})

it('what is no instant is refused, also after one', () => {
  isoOf(new Date(0))
  expect(() => isoOf(new Date(Number.NaN))).toThrow(RangeError)
})
