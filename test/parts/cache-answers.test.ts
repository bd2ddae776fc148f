import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createAnswers, type Made } from '../../src/cache/answers.ts'
import { createShared } from '../../src/cache/shared.ts'
import { createTouches, type Positions } from '../../src/cache/touches.ts'
import { streams } from '../../src/db/schema/event.ts'

const heads = Object.fromEntries(streams.map((stream) => [stream, 0])) as Positions

const question = (asked: string) => ({ scope: 'public', asked })

/** Answers over touches that the test makes. */
function start({ maxBytes = 1_000_000, ttlSeconds = 300 } = {}) {
  const touches = createTouches()
  touches.begin(heads)
  let [isKnown, position] = [true, 0]
  let reset = () => {}
  const onReset = (listener: () => void) => {
    reset = listener
    return 1
  }
  const { mark, holds, holdsSince } = touches
  const freshness = { follow() {}, onReset, isKnown: () => isKnown, log: () => 'log', mark, holds, holdsSince }
  const answers = createAnswers<string>({ freshness, shared: createShared(null), maxBytes, ttlSeconds })
  let made = 0
  const answer = (body: string, validUntil = Number.POSITIVE_INFINITY): Made<string> => ({ body, validUntil })
  return {
    answers,
    answer,
    touch: (...tags: string[]) => touches.apply({ stream: 'kyc', position: ++position, tags }),
    know: (known: boolean) => {
      isKnown = known
    },
    beginAnew() {
      touches.begin(heads)
      reset()
    },
    made: () => made,
    /** What one gets: how, and which text. */
    async ask(key: string, tags: string[], make: () => Promise<Made<string>> | Made<string>) {
      const outcome = await answers.run(question(key), tags, async () => {
        made += 1
        return make()
      })
      return `${outcome.cache} ${'answer' in outcome ? outcome.answer.body : outcome.refused}`
    },
    find: (key: string) => answers.find(question(key))?.body.toString() ?? null,
  }
}

function gate<T>() {
  let open: (value: T) => void = () => {}
  const opened = new Promise<T>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

it('an answer is kept until a tag of it is touched', async () => {
  const { ask, answer, find, touch } = start()
  expect(await ask('k', ['kyc'], () => answer('old'))).toBe('miss old')
  touch('rates')
  expect([await ask('k', ['kyc'], () => answer('new')), find('k')]).toEqual(['hit old', 'old'])
  touch('kyc')
  expect(find('k')).toBeNull()
  expect(await ask('k', ['kyc'], () => answer('new'))).toBe('miss new')
})

it('answers under one key are not those under another', async () => {
  const { ask, answer, find } = start()
  await ask('one', ['kyc'], () => answer('of one'))
  expect([find('one'), find('other'), find('')]).toEqual(['of one', null, null])
})

it('D18, D19: what is touched while the answer is being made is not kept, however slow the reader', async () => {
  const { ask, answer, find, touch } = start()
  const slow = gate<void>()
  const reading = ask('k', ['kyc'], async () => {
    // It has read the database, and takes its time.
    await slow.opened
    return answer('old')
  })
  await new Promise(setImmediate)
  touch('kyc')
  slow.open()
  expect(await reading).toBe('miss old')
  expect(find('k')).toBeNull()
})

it('an answer from before the log changed is not kept after', async () => {
  const { ask, answer, find, beginAnew } = start()
  await ask('kept', ['kyc'], () => answer('old'))
  const slow = gate<void>()
  const reading = ask('k', ['kyc'], () => slow.opened.then(() => answer('old')))
  await new Promise(setImmediate)
  beginAnew()
  expect(find('kept')).toBeNull()
  const other = ask('k', ['kyc'], () => answer('new'))
  slow.open()
  expect([await reading, await other, find('k')]).toEqual(['miss old', 'miss new', 'new'])
})

describe('a flight', () => {
  it('D16: 2,000 who ask at once make it once, and all get what it comes to', async () => {
    const { ask, answer, made } = start()
    const slow = gate<void>()
    const asking = Array.from({ length: 2_000 }, () => ask('k', ['kyc'], () => slow.opened.then(() => answer('null'))))
    await new Promise(setImmediate)
    slow.open()
    const outcomes = await Promise.all(asking)
    expect([made(), new Set(outcomes)]).toEqual([1, new Set(['miss null', 'hit null'])])
    expect(await ask('k', ['kyc'], () => answer('again'))).toBe('hit null')
  })

  it('is not joined any more when it was touched: whoever comes then reads what is there then', async () => {
    const { ask, answer, find, touch, made } = start()
    const [first, second] = [gate<void>(), gate<void>()]
    const before = ask('k', ['kyc'], () => first.opened.then(() => answer('old')))
    await new Promise(setImmediate)
    touch('kyc')
    const after = ask('k', ['kyc'], () => second.opened.then(() => answer('new')))
    const joined = ask('k', ['kyc'], () => answer('never'))
    await new Promise(setImmediate)
    second.open()
    expect([await after, await joined]).toEqual(['miss new', 'hit new'])
    // The old one lands last, and changes nothing.
    first.open()
    expect([await before, find('k'), made()]).toEqual(['miss old', 'new', 2])
  })

  it('that fails fails for all who joined it, and is tried again by who comes after', async () => {
    const { ask, answer, made } = start()
    const fail = () => Promise.reject<Made<string>>(new Error('no database'))
    const outcomes = await Promise.allSettled([ask('k', ['kyc'], fail), ask('k', ['kyc'], fail)])
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect([made(), await ask('k', ['kyc'], () => answer('x'))]).toEqual([1, 'miss x'])
  })

  it('leaves nothing behind', async () => {
    const { ask, answer, answers } = start()
    await Promise.all([1, 2, 3].map((n) => ask(`k${n}`, [], () => answer('x'))))
    expect(answers.kept()).toMatchObject({ entries: 3, flights: 0 })
  })
})

it('what is refused is given to those who asked at once, and never kept', async () => {
  const { ask, find, made } = start()
  const refuse = () => ask('k', ['kyc'], () => ({ refused: 'errors' }))
  expect(await Promise.all([refuse(), refuse()])).toEqual(['miss errors', 'miss errors'])
  expect([made(), find('k'), await refuse(), made()]).toEqual([1, null, 'miss errors', 2])
})

describe('while this process does not know enough', () => {
  it('nothing is answered from memory, joined or kept', async () => {
    const { ask, answer, find, know, made } = start()
    await ask('k', ['kyc'], () => answer('kept'))
    const slow = gate<void>()
    const flying = ask('flight', ['kyc'], () => slow.opened.then(() => answer('slow')))
    know(false)
    expect([find('k'), await ask('k', ['kyc'], () => answer('made'))]).toEqual([null, 'bypass made'])
    expect(await ask('flight', ['kyc'], () => answer('own'))).toBe('bypass own')
    slow.open()
    expect(await flying).toBe('miss slow')
    know(true)
    expect([find('k'), find('flight'), made()]).toEqual(['kept', null, 4])
  })
})

describe('time', () => {
  const setClock = () => {
    const began = Date.now()
    const clock = vi.spyOn(Date, 'now').mockReturnValue(began)
    onTestFinished(() => clock.mockRestore())
    return (afterMs: number) => clock.mockReturnValue(began + afterMs)
  }

  it('ends an answer at the moment that it said, and one that is over already is not kept', async () => {
    const { ask, answer, find } = start()
    const passing = setClock()
    const now = Date.now()
    await ask('k', ['kyc'], () => answer('until then', now + 5_000))
    await ask('over', ['kyc'], () => answer('over', now))
    passing(4_999)
    expect([find('k'), find('over')]).toEqual(['until then', null])
    passing(5_000)
    expect(find('k')).toBeNull()
  })

  it('ends a flight, too: nobody gets from it what was over before they asked, and all of them make it once', async () => {
    const { ask, answer, made } = start()
    const passing = setClock()
    const ends = Date.now() + 1_000
    const slow = gate<void>()
    const first = ask('k', ['kyc'], () => slow.opened.then(() => answer('valid', ends)))
    await new Promise(setImmediate)
    passing(999)
    const inTime = ask('k', ['kyc'], () => answer('never'))
    passing(1_000)
    const late = Array.from({ length: 10 }, () => ask('k', ['kyc'], () => answer('expired')))
    await new Promise(setImmediate)
    slow.open()
    expect(await Promise.all([first, inTime])).toEqual(['miss valid', 'hit valid'])
    expect([new Set(await Promise.all(late)), made()]).toEqual([new Set(['miss expired', 'hit expired']), 2])
  })

  it('that is over as soon as it is asked makes nobody wait for more than one who came later', async () => {
    const { ask, answer, made } = start()
    const passing = setClock()
    const slow = gate<void>()
    const make = () => {
      const now = Date.now()
      return slow.opened.then(() => answer('now', now))
    }
    const first = ask('k', ['kyc'], make)
    await new Promise(setImmediate)
    passing(1)
    const late = Array.from({ length: 10 }, () => ask('k', ['kyc'], make))
    passing(2)
    slow.open()
    await Promise.all([first, ...late])
    expect(made()).toBe(2)
  })

  it('D16: ends every answer within its time, and not all at once', async () => {
    const { ask, answer, find } = start({ ttlSeconds: 100 })
    const passing = setClock()
    const keys = Array.from({ length: 100 }, (_, n) => `k${n}`)
    for (const key of keys) await ask(key, ['kyc'], () => answer('x'))
    passing(79_999)
    const left = () => keys.filter((key) => find(key) !== null).length
    expect(left()).toBe(100)
    passing(90_000)
    expect(left()).toBeGreaterThan(20)
    expect(left()).toBeLessThan(80)
    passing(100_000)
    expect(left()).toBe(0)
  })
})

it('memory is bounded in bytes, whatever is asked', async () => {
  const { ask, answer, answers } = start({ maxBytes: 100_000 })
  for (let n = 0; n < 500; n++) await ask(`k${n}${'x'.repeat(n)}`, [`kyc:${n}`], () => answer('y'.repeat(n)))
  expect(answers.kept().bytes).toBeLessThanOrEqual(100_000)
  expect(answers.kept().entries).toBeGreaterThan(10)
  await ask('large', [], () => answer('y'.repeat(200_000)))
  expect(answers.find(question('large'))).toBeNull()
})

it('what is kept keeps no memory alive that is not counted', async () => {
  const { ask, answer, answers } = start()
  for (let n = 0; n < 100; n++) {
    await ask(`k${n}`, [], () => answer('y'.repeat(1_000)))
    // What else a process has in hand meanwhile, for a moment.
    Buffer.from('z'.repeat(3_000))
  }
  const pieces = new Set(Array.from({ length: 100 }, (_, n) => answers.find(question(`k${n}`))?.body.buffer))
  const alive = [...pieces].reduce((sum, piece) => sum + (piece?.byteLength ?? 0), 0)
  expect(answers.kept().entries).toBe(100)
  expect(alive).toBeLessThanOrEqual(answers.kept().bytes)
})
