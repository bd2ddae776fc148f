import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createTouches, type Positions } from '../../src/cache/touches.ts'
import { type Stream, streams } from '../../src/db/schema/event.ts'

const at = (positions: Partial<Positions> = {}): Positions => ({
  ...(Object.fromEntries(streams.map((stream) => [stream, 0])) as Positions),
  ...positions,
})
const begun = (heads: Positions = at(), options = {}) => {
  const touches = createTouches(options)
  touches.begin(heads)
  return touches
}
const read = (touches: ReturnType<typeof createTouches>, ...tags: string[]) => ({ tags, clock: touches.mark().clock })

describe('what this process has read', () => {
  it('holds until a tag of it is touched, and not after', () => {
    const touches = begun()
    const [kyc, rates] = [read(touches, 'users', 'kyc'), read(touches, 'rates')]
    expect(touches.holds(kyc)).toBe(true)
    touches.apply({ stream: 'kyc', position: 1, tags: ['kyc', 'kyc:1'] })
    expect([touches.holds(kyc), touches.holds(kyc), touches.holds(rates)]).toEqual([false, false, true])
    expect(touches.holds(read(touches, 'kyc'))).toBe(true)
  })

  it('counts as read again when it has been looked at, and is not lost to the floor while it is asked for', () => {
    const touches = begun(at(), { maxTags: 2 })
    const [asked, forgotten] = [read(touches, 'rates'), read(touches, 'rates')]
    for (let position = 1; position <= 10; position++) {
      touches.apply({ stream: 'kyc', position, tags: [`kyc:${position}`] })
      expect(touches.holds(asked)).toBe(true)
    }
    expect(touches.holds(forgotten)).toBe(false)
  })

  it('does not hold when the log is another one, whatever its positions are', () => {
    const touches = begun(at({ kyc: 7 }))
    const before = read(touches, 'kyc')
    touches.begin(at({ kyc: 7 }))
    expect(touches.holds(before)).toBe(false)
    expect(touches.holds(read(touches, 'kyc'))).toBe(true)
  })
})

describe('what another process has read', () => {
  it('holds if nothing of it was touched after its positions, in any stream', () => {
    const touches = begun(at({ kyc: 10, accounts: 5 }))
    touches.apply({ stream: 'kyc', position: 11, tags: ['kyc', 'user:1'] })
    touches.apply({ stream: 'accounts', position: 6, tags: ['users', 'user:1'] })
    const holds = (tag: string, kyc: number, accounts: number) => touches.holdsSince([tag], at({ kyc, accounts }))
    expect([holds('kyc', 11, 5), holds('kyc', 10, 5), holds('kyc', 12, 5)]).toEqual([true, false, true])
    expect([holds('user:1', 11, 5), holds('user:1', 10, 6), holds('user:1', 11, 6)]).toEqual([false, false, true])
    expect(holds('rates', 10, 5)).toBe(true)
  })

  it('does not hold when it lies before what is known of the log', () => {
    const touches = begun(at({ kyc: 10 }))
    expect(touches.holdsSince(['rates'], at({ kyc: 9 }))).toBe(false)
    touches.fill('kyc', 4, [{ tag: 'kyc', position: 10 }])
    expect([3, 4, 9].map((kyc) => touches.holdsSince(['rates'], at({ kyc })))).toEqual([false, true, true])
    expect([9, 10].map((kyc) => touches.holdsSince(['kyc'], at({ kyc })))).toEqual([false, true])
  })

  it('does not hold before anything is known', () => {
    expect(createTouches().holdsSince(['rates'], at())).toBe(false)
  })

  it('what the log says of the time before does not undo what was applied while it was read', () => {
    const touches = begun(at({ kyc: 10 }))
    touches.apply({ stream: 'kyc', position: 11, tags: ['kyc'] })
    const since = read(touches, 'kyc')
    touches.fill('kyc', 0, [{ tag: 'kyc', position: 8 }])
    expect(touches.holds(since)).toBe(true)
    expect([8, 10, 11].map((kyc) => touches.holdsSince(['kyc'], at({ kyc })))).toEqual([false, false, true])
  })

  it('a map that was full while the log was read is complete only from there on', () => {
    const touches = begun(at({ kyc: 10 }), { maxTags: 1 })
    touches.apply({ stream: 'kyc', position: 11, tags: ['kyc:1'] })
    touches.apply({ stream: 'kyc', position: 12, tags: ['kyc:2'] })
    touches.fill('kyc', 0, [])
    expect([10, 11].map((kyc) => touches.holdsSince(['kyc:1'], at({ kyc })))).toEqual([false, true])
  })
})

it('D18: whatever happens in whatever order, nothing holds that was touched since, however few tags are remembered', () => {
  const event = fc.record({
    stream: fc.constantFrom<Stream>('kyc', 'accounts', 'rates'),
    tags: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { maxLength: 3 }),
  })
  fc.assert(
    fc.property(fc.array(event, { maxLength: 40 }), fc.nat(40), fc.nat(40), fc.integer({ min: 1, max: 8 }), run),
    { numRuns: 2_000 },
  )

  function run(drafts: { stream: Stream; tags: string[] }[], beginAfter: number, readAfter: number, maxTags: number) {
    const heads = at()
    const events = drafts.map((draft) => ({ ...draft, position: ++heads[draft.stream] }))
    const headsAfter = (count: number) =>
      at(Object.fromEntries(events.slice(0, count).map(({ stream, position }) => [stream, position])))
    const touches = begun(headsAfter(beginAfter), { maxTags })
    // The log of the time before comes late, and cut.
    const [early, late] = [events.slice(0, beginAfter), events.slice(beginAfter)]
    const own = late.map((applied) => {
      touches.apply(applied)
      return read(touches, 'a', 'b')
    })
    for (const stream of streams) {
      const known = early.filter((one) => one.stream === stream).slice(-5)
      const floor = (known[0]?.position ?? headsAfter(beginAfter)[stream] + 1) - 1
      touches.fill(
        stream,
        floor,
        known.flatMap(({ tags, position }) => tags.map((tag) => ({ tag, position }))),
      )
    }
    const touched = (after: typeof events) => after.some(({ tags }) => tags.includes('a') || tags.includes('b'))
    const shared = touches.holdsSince(['a', 'b'], headsAfter(readAfter))
    if (touched(events.slice(readAfter))) expect(shared).toBe(false)
    for (const [index, one] of own.entries()) {
      if (touched(late.slice(index + 1))) expect(touches.holds(one)).toBe(false)
      else if (maxTags > 6) expect(touches.holds(one)).toBe(true)
    }
    if (maxTags > 6 && readAfter >= beginAfter && !touched(events.slice(readAfter))) expect(shared).toBe(true)
  }
})
