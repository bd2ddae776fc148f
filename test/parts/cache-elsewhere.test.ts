import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createAnswers, type Made } from '../../src/cache/answers.ts'
import { decodeEntry, encodeEntry } from '../../src/cache/entry.ts'
import { createTouches, type Positions } from '../../src/cache/touches.ts'
import { streams } from '../../src/db/schema/event.ts'

const heads = Object.fromEntries(streams.map((stream) => [stream, 7])) as Positions
const question = { scope: 'public', asked: 'key' }
const forEver = Number.POSITIVE_INFINITY

/** A process with one name in Redis, and what happens while it waits for what lies there. */
function start({ ttlSeconds = 300, meanwhile = () => {} } = {}) {
  const touches = createTouches()
  touches.begin(heads)
  let position = heads.kyc
  let [isKnown, lies] = [true, null as Buffer | null]
  const { mark, holds, holdsSince } = touches
  const freshness = { follow() {}, onReset: () => 1, isKnown: () => isKnown, log: () => 'log', mark, holds, holdsSince }
  const set = vi.fn((_nameOf: unknown, encode: () => Buffer, _ttlMs: number) => {
    lies = encode()
  })
  const names: string[] = []
  const get = async (nameOf: () => string) => {
    names.push(nameOf())
    meanwhile()
    return lies
  }
  const answers = createAnswers<never>({ freshness, shared: { get, set }, maxBytes: 4_000_000, ttlSeconds })
  return {
    answers,
    names,
    set,
    touch: (tag = 'kyc') => touches.apply({ stream: 'kyc', position: ++position, tags: [tag] }),
    know: (known: boolean) => {
      isKnown = known
    },
    lay(endsAt: number, positions = heads) {
      lies = encodeEntry({ positions, storedAt: Date.now(), endsAt, body: Buffer.from('of another') })
    },
    async ask(make: () => Promise<Made<never>> | Made<never> = () => ({ body: 'made', validUntil: forEver })) {
      const outcome = await answers.run(question, ['kyc'], async () => make())
      return `${outcome.cache} ${'answer' in outcome && outcome.answer.body}`
    },
    find: () => answers.find(question)?.body.toString() ?? null,
  }
}

it('who asks the same at once with other rights gets their own, under a name in Redis of its own', async () => {
  const { answers, names } = start()
  const ask = (scope: string) =>
    answers.run({ scope, asked: '{}' }, ['kyc'], async () => ({ body: scope, validUntil: forEver }))
  const outcomes = await Promise.all([ask('user 1'), ask('user 2'), ask('user 1')])
  expect(outcomes.map((outcome) => 'answer' in outcome && outcome.answer.body)).toEqual(['user 1', 'user 2', 'user 1'])
  expect(new Set(names).size).toBe(2)
})

function setClock() {
  const now = Date.now()
  const clock = vi.spyOn(Date, 'now')
  onTestFinished(() => clock.mockRestore())
  return (milliseconds: number) => clock.mockReturnValue(now + milliseconds)
}

describe('what another process has made', () => {
  it('is used, and remembered, while nothing has touched it', async () => {
    const process = start()
    process.lay(Date.now() + 60_000)
    expect([await process.ask(), process.find()]).toEqual(['hit of another', 'of another'])
    process.touch()
    expect(process.find()).toBeNull()
  })

  it('is not used when it was touched, before it was asked for or while Redis took its time', async () => {
    const before = start()
    before.lay(Date.now() + 60_000)
    before.touch()
    expect(await before.ask()).toBe('miss made')
    const meanwhile = start({ meanwhile: () => meanwhile.touch() })
    meanwhile.lay(Date.now() + 60_000)
    expect(await meanwhile.ask()).toBe('miss made')
  })

  it('is neither used nor remembered by who has lost sight of the log while Redis took its time', async () => {
    const process = start({ meanwhile: () => process.know(false) })
    process.lay(Date.now() + 60_000)
    expect(await process.ask()).toBe('miss made')
    process.know(true)
    expect(process.find()).toBeNull()
  })

  it('ends when it says, and at the latest when what is made here would', async () => {
    const over = start()
    over.lay(Date.now())
    expect(await over.ask()).toBe('miss made')
    const process = start({ ttlSeconds: 60 })
    const passing = setClock()
    passing(0)
    process.lay(Date.now() + 3_600_000)
    expect(await process.ask()).toBe('hit of another')
    passing(59_000)
    expect(process.find()).toBe('of another')
    passing(60_000)
    expect(process.find()).toBeNull()
  })
})

describe('what is made for other processes', () => {
  it('D18, D19: says what had been applied before it was made, whatever has been applied since', async () => {
    const process = start()
    await process.ask(() => {
      // Of another noun: what is made is kept all the same.
      process.touch('rates')
      return { body: 'made', validUntil: forEver }
    })
    expect(decodeEntry(process.set.mock.calls[0]![1]())).toMatchObject({ positions: heads })
  })

  it('goes nowhere when it is larger than what is kept', async () => {
    const process = start()
    for (const length of [1024 * 1024, 4 * 1024 * 1024]) {
      expect(await process.ask(() => ({ body: 'x'.repeat(length), validUntil: forEver }))).toMatch(/^miss x/)
      expect([process.set.mock.calls.length, process.find()]).toEqual([0, null])
    }
  })
})
