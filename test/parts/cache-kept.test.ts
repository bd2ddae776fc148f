import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createKept } from '../../src/cache/kept.ts'

const answerOf = (text: string) => ({ body: Buffer.from(text), tags: ['kyc'] })
const scopes = ['public', 'user user_1 admin false', 'user user_1 admin true', 'apiKey key_1 ', 'apiKey key_1 1']
const texts = ['{}', '1', '{"query":"{ viewer { id } }"}', 'x'.repeat(300)]

const question = fc.record({ scope: fc.constantFrom(...scopes), asked: fc.constantFrom(...texts) })
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ question, size: fc.integer({ min: 0, max: 2_000 }) }) },
  { weight: 2, arbitrary: fc.record({ question, size: fc.constant(null) }) },
  fc.constant('clear' as const),
)

it('whatever is kept and goes, an answer is found for its own question alone, and nothing stays of what went', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const kept = createKept<ReturnType<typeof answerOf>>({ maxBytes: 6_000, maxAnswerBytes: 3_000 })
      const last = new Map<string, ReturnType<typeof answerOf> | null>()
      for (const [n, step] of steps.entries()) {
        if (step === 'clear') {
          kept.clear()
          last.clear()
        } else {
          const key = JSON.stringify(step.question)
          if (step.size === null) {
            kept.delete(step.question)
            last.delete(key)
          } else {
            const answer = answerOf(`${n}${'y'.repeat(step.size)}`)
            const isKept = kept.set(step.question, answer)
            last.set(key, isKept ? answer : null)
            expect(kept.get(step.question)).toBe(isKept ? answer : undefined)
          }
        }
        const found = new Set<string>()
        let entries = 0
        for (const scope of scopes) {
          for (const asked of texts) {
            const answer = kept.get({ scope, asked })
            if (!answer) continue
            expect(answer).toBe(last.get(JSON.stringify({ scope, asked })))
            found.add(asked)
            entries += 1
          }
        }
        expect(kept.counts()).toMatchObject({ entries, asked: found.size })
        expect(kept.counts().bytes).toBeLessThanOrEqual(6_000)
      }
    }),
  )
})

it('a scope and a number are not the scope and the number that look like them', () => {
  const kept = createKept<ReturnType<typeof answerOf>>({ maxBytes: 100_000, maxAnswerBytes: 10_000 })
  for (let n = 1; n <= 11; n++) kept.set({ scope: 'apiKey key_1 ', asked: `${n}` }, answerOf(`no scopes ${n}`))
  kept.set({ scope: 'apiKey key_1 1', asked: '1' }, answerOf('scope 1'))
  expect(kept.get({ scope: 'apiKey key_1 ', asked: '11' })?.body.toString()).toBe('no scopes 11')
})

it('all that is kept is counted, and with no bytes nothing is kept', () => {
  const kept = createKept<ReturnType<typeof answerOf>>({ maxBytes: 100_000, maxAnswerBytes: 50_000 })
  kept.set({ scope: 'public', asked: 'x'.repeat(10_000) }, { body: Buffer.alloc(5_000), tags: ['y'.repeat(3_000)] })
  expect(kept.counts().bytes).toBeGreaterThan(2 * 10_000 + 5_000 + 3_000)
  const none = createKept<ReturnType<typeof answerOf>>({ maxBytes: 0, maxAnswerBytes: 50_000 })
  expect([none.set({ scope: 'public', asked: '' }, answerOf('')), none.counts().entries]).toEqual([false, 0])
})

it('an answer that is too large takes the place of none, and leaves no older one behind', () => {
  const kept = createKept<ReturnType<typeof answerOf>>({ maxBytes: 10_000, maxAnswerBytes: 2_000 })
  const [own, other] = ['user user_1 admin false', 'public'].map((scope) => ({ scope, asked: '{}' }))
  expect([kept.set(own!, answerOf('small')), kept.set(other!, answerOf('other'))]).toEqual([true, true])
  expect(kept.set(own!, answerOf('y'.repeat(5_000)))).toBe(false)
  expect([kept.get(own!), kept.get(other!)?.body.toString()]).toEqual([undefined, 'other'])
  kept.delete(other!)
  expect(kept.counts()).toEqual({ entries: 0, bytes: 0, asked: 0 })
})
