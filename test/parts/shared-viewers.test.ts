import { expect, it, onTestFinished, vi } from 'vitest'
import { createSharedViewers } from '../../src/auth/shared-viewers.ts'
import { createTouches, type Positions } from '../../src/cache/touches.ts'
import { streams } from '../../src/db/schema/event.ts'
import { userTag } from '../../src/log/tags.ts'
import type { UserViewer } from '../../src/permissions.ts'

const heads = Object.fromEntries(streams.map((stream) => [stream, 7])) as Positions
const lifeMs = 60_000

/** What one process keeps, and what happens while Redis hands it to another. */
function start(meanwhile: () => void = () => {}) {
  const touches = createTouches()
  touches.begin(heads)
  let [isKnown, lies] = [true, null as Buffer | null]
  const freshness = { follow() {}, onReset: () => 1, isKnown: () => isKnown, log: () => 'log', ...touches }
  const shared = {
    async get() {
      meanwhile()
      return lies
    },
    set(_nameOf: unknown, encode: () => Buffer) {
      lies = encode()
    },
  }
  const { find, keep, asking } = createSharedViewers({ freshness, shared })
  const expiresAt = Date.now() + lifeMs
  const viewer: UserViewer = {
    kind: 'user',
    id: 'user_1',
    role: 'admin',
    sessionId: 'session_1',
    expiresAt,
    steppedUpUntil: null,
  }
  return {
    keep: () => keep('hash', viewer, asking()),
    idOf: async () => (await find('hash'))?.id ?? null,
    touch: (id: string) => touches.apply({ stream: 'accounts', position: 8, tags: [userTag(id)] }),
    know: (knows: boolean) => {
      isKnown = knows
    },
  }
}

it('a viewer from Redis is who they are, whatever happens to others', async () => {
  const process = start(() => process.touch('user_2'))
  process.keep()
  expect(await process.idOf()).toBe('user_1')
})

it('a viewer is nobody who changes while Redis takes its time', async () => {
  const process = start(() => process.touch('user_1'))
  process.keep()
  expect(await process.idOf()).toBeNull()
})

it('a viewer is nobody to a process that has lost sight of the log meanwhile', async () => {
  const process = start(() => process.know(false))
  process.keep()
  expect(await process.idOf()).toBeNull()
})

it('a viewer whom such a process has looked up is for nobody else', async () => {
  const process = start()
  process.know(false)
  process.keep()
  process.know(true)
  expect(await process.idOf()).toBeNull()
})

it('a viewer is nobody when their session is over', async () => {
  const process = start()
  process.keep()
  const clock = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + lifeMs)
  onTestFinished(() => clock.mockRestore())
  expect(await process.idOf()).toBeNull()
})
