import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createAnswers } from '../../src/cache/answers.ts'
import { scopeOf } from '../../src/cache/scope.ts'
import { createTouches, type Positions } from '../../src/cache/touches.ts'
import type { Context } from '../../src/context.ts'
import { streams } from '../../src/db/schema/event.ts'
import { anonymous, isSteppedUp, type UserViewer } from '../../src/permissions.ts'
import { createQueries } from '../../src/server/query.ts'

type Queries = ReturnType<typeof createQueries>
type Asked = Parameters<Queries['run']>[0]

const begun = Date.now()
const admin = (steppedUpUntil: number): UserViewer => ({
  kind: 'user',
  id: 'user_1',
  role: 'admin',
  sessionId: 'session_1',
  expiresAt: Number.POSITIVE_INFINITY,
  steppedUpUntil,
})

/** Of an operation that shows whether its viewer has just proved who they are, over a Redis that takes so long. */
function start({ redisMs = 0 } = {}) {
  let now = begun
  const clock = vi.spyOn(Date, 'now').mockImplementation(() => now)
  onTestFinished(() => clock.mockRestore())
  const touches = createTouches()
  touches.begin(Object.fromEntries(streams.map((stream) => [stream, 0])) as Positions)
  const freshness = { follow() {}, onReset: () => 1, isKnown: () => true, log: () => 'log', ...touches }
  const shared = {
    async get() {
      now += redisMs
      return null
    },
    set() {},
  }
  const answers = createAnswers({ freshness, shared, maxBytes: 1_000_000, ttlSeconds: 300 })
  const queries = createQueries({ answers } as unknown as Parameters<typeof createQueries>[0])
  const operation = {
    tagPlan: { isPublic: false, tagsOf: () => ['users'] },
    execute: ({ ctx }: { ctx: { viewer: UserViewer } }) => ({ data: { steppedUp: isSteppedUp(ctx.viewer) } }),
  }
  async function make(operation: object, viewer: UserViewer) {
    const credential = { token: 'token', ambient: false }
    const asked = { operation, viewer, variables: {}, credential, requestId: 'r', body: '{}', after: undefined }
    return queries.run({ ...asked, mayBeKept: true } as unknown as Asked)
  }
  return {
    make,
    async ask(viewer: UserViewer) {
      const outcome = await make(operation, viewer)
      return `${outcome.cache} ${'answer' in outcome && outcome.answer.body}`
    },
    find: (viewer: UserViewer) => answers.find({ scope: scopeOf(viewer), asked: '{}' })?.body.toString() ?? null,
    pass(milliseconds: number) {
      now += milliseconds
    },
  }
}

describe('what is made within a step-up', () => {
  it('is not kept for longer, nor for the next one', async () => {
    const process = start()
    const [first, next] = [admin(begun + 1_000), admin(begun + 60_000)]
    expect(await process.ask(first)).toBe('miss {"data":{"steppedUp":true}}')
    expect(process.find(first)).toBe('{"data":{"steppedUp":true}}')
    process.pass(1_000)
    expect([process.find(first), process.find(next)]).toEqual([null, null])
  })

  it('is kept for nobody when it ended before the answer was begun', async () => {
    const process = start({ redisMs: 100 })
    expect(await process.ask(admin(begun + 50))).toBe('miss {"data":{"steppedUp":false}}')
    expect(process.find(admin(begun + 60_000))).toBeNull()
  })
})

it('what is for everybody is made as for nobody, whoever asks for it', async () => {
  const { make } = start()
  const seen: unknown[] = []
  const execute = ({ ctx: { viewer, credential } }: { ctx: Context }) => {
    seen.push({ viewer, credential })
    return { data: {} }
  }
  await make({ tagPlan: { isPublic: true, tagsOf: () => ['rates'] }, execute }, admin(begun + 1_000))
  expect(seen).toEqual([{ viewer: anonymous, credential: null }])
})
