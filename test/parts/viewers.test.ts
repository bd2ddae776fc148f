import type pg from 'pg'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createViewers } from '../../src/auth/viewers.ts'
import type { Tails } from '../../src/log/tails.ts'

const lifeMs = 60_000

/** Sessions in a PostgreSQL that answers when it is let. */
function start() {
  const asked: (() => void)[] = []
  let [head, isFresh, reset] = [{ position: 7 }, true, () => {}]
  const pool = {
    async query() {
      await new Promise<void>((resolve) => asked.push(resolve))
      const expiresAt = new Date(Date.now() + lifeMs)
      return { rows: [{ id: 'user_1', role: 'admin', sessionId: 'session_1', expiresAt, steppedUpAt: null }] }
    },
  } as unknown as pg.Pool
  const tails = {
    of: () => ({
      get head() {
        return head
      },
    }),
    isFresh: () => isFresh,
    onEvent() {},
    onReset(listener: () => void) {
      reset = listener
    },
  } as unknown as Tails
  const sharedViewers = { asking: () => ({ log: 'log', position: 7 }), find: async () => null, keep() {} }
  const viewers = createViewers({ pool, tails, sharedViewers, stepUpSeconds: 1, defaultPlan: 'standard' })
  return {
    asked: async () => {
      await new Promise(setImmediate)
      return asked.length
    },
    ask: () => viewers.resolve('token'),
    answer: () => asked.forEach((resolve) => void resolve()),
    apply: () => {
      head = { position: head.position + 1 }
    },
    know: (knows: boolean) => {
      isFresh = knows
    },
    beginAnew: () => reset(),
    async remembered() {
      const asking = this.ask()
      const before = await this.asked()
      this.answer()
      await asking
      const again = this.ask()
      expect(await this.asked()).toBe(before)
      await again
    },
  }
}

describe('a look-up that is under way', () => {
  it('D16: is for all who ask meanwhile', async () => {
    const { ask, asked, answer } = start()
    const asking = Array.from({ length: 100 }, ask)
    expect(await asked()).toBe(1)
    answer()
    expect(new Set((await Promise.all(asking)).map(({ kind }) => kind))).toEqual(new Set(['user']))
  })

  it('is not for who comes after something has changed: PostgreSQL may have been asked before', async () => {
    const { ask, asked, answer, apply } = start()
    const asking = [ask()]
    expect(await asked()).toBe(1)
    apply()
    asking.push(ask(), ask())
    expect(await asked()).toBe(2)
    answer()
    await Promise.all(asking)
  })

  it('is for nobody else while this process does not know what it has missed', async () => {
    const { ask, asked, answer, know } = start()
    const asking = [ask()]
    expect(await asked()).toBe(1)
    know(false)
    asking.push(ask())
    expect(await asked()).toBe(2)
    answer()
    await Promise.all(asking)
  })
})

describe('who was looked up', () => {
  it('is forgotten when the log is another one', async () => {
    const process = start()
    await process.remembered()
    process.beginAnew()
    void process.ask()
    expect(await process.asked()).toBe(2)
    process.answer()
  })

  it('is looked up again when their session is over by the clock', async () => {
    const process = start()
    await process.remembered()
    const clock = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + lifeMs)
    onTestFinished(() => clock.mockRestore())
    void process.ask()
    expect(await process.asked()).toBe(2)
    process.answer()
  })
})
