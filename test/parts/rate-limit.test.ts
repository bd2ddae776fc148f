import { afterEach, describe, expect, it } from 'vitest'
import { createLogger } from '../../src/logger.ts'
import { createLimiter } from '../../src/rate-limit/index.ts'

const minuteMs = 60_000
const limiters: ReturnType<typeof createLimiter>[] = []
afterEach(() => {
  for (const limiter of limiters.splice(0)) limiter.close()
})

/** A process that is alone, at a time that the test tells. */
function begin() {
  const clock = { ms: 1_000_000 }
  const limiter = createLimiter({ redis: null, logger: createLogger('silent'), now: () => clock.ms })
  limiters.push(limiter)
  return { clock, ask: (limit: number, subject = 'somebody') => limiter.consume(subject, limit) }
}

/** The same numbers in each run of the tests. */
function numbersFrom(seed: number) {
  let state = seed
  return (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/** The most in any minute: one that begins at one of the moments is as full as any. */
const fullestMinute = (moments: number[]) =>
  Math.max(0, ...moments.map((from, index) => moments.slice(index).filter((at) => at < from + minuteMs).length))

describe('a limit', () => {
  it('is kept in every minute that one looks at, whatever the times of asking', async () => {
    for (let seed = 1; seed <= 40; seed++) {
      const random = numbersFrom(seed)
      const { clock, ask } = begin()
      const limit = 1 + random(60)
      const allowed: number[] = []
      // Bursts, trickles and pauses, and those who wait for the turn of a second or of a minute.
      for (let n = 0; n < 1_200; n++) {
        const gaps = [0, 0, 1, random(100), random(2_500), 1_000 - (clock.ms % 1_000), random(40) === 0 ? 59_999 : 0]
        clock.ms += gaps[random(gaps.length)]!
        if ((await ask(limit)).allowed) allowed.push(clock.ms)
      }
      expect(allowed.length).toBeGreaterThan(limit)
      expect(fullestMinute(allowed)).toBeLessThanOrEqual(limit)
    }
  })

  it('lets through whoever keeps a little below it', async () => {
    const { clock, ask } = begin()
    for (let n = 0; n < 3_000; n++) {
      expect((await ask(60)).allowed).toBe(true)
      // 60 in the 61 seconds that are counted.
      clock.ms += 1_017
    }
  })

  it('says when to come back: then it is allowed, and not a second before', async () => {
    const { clock, ask } = begin()
    const first = clock.ms
    for (let n = 0; n < 5; n++) {
      expect(await ask(5)).toEqual({ allowed: true, retryAfterSeconds: 0 })
      clock.ms += 3_300
    }
    const { allowed, retryAfterSeconds } = await ask(5)
    expect(allowed).toBe(false)
    clock.ms += (retryAfterSeconds - 1) * 1_000
    expect((await ask(5)).allowed).toBe(false)
    clock.ms += 1_000
    expect((await ask(5)).allowed).toBe(true)
    expect(clock.ms - first).toBeGreaterThan(minuteMs)
    expect(clock.ms - first).toBeLessThanOrEqual(minuteMs + 2_000)
  })

  it('is each one’s own', async () => {
    const { ask } = begin()
    expect((await ask(1, 'one')).allowed).toBe(true)
    expect((await ask(1, 'one')).allowed).toBe(false)
    expect((await ask(1, 'other')).allowed).toBe(true)
  })

  it('that becomes lower counts from then on', async () => {
    const { clock, ask } = begin()
    for (let n = 0; n < 10; n++) expect((await ask(10)).allowed).toBe(true)
    expect(await ask(3)).toMatchObject({ allowed: false })
    clock.ms += minuteMs + 1_000
    expect((await ask(3)).allowed).toBe(true)
  })
})
