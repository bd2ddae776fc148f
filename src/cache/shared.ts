import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import type { Seal } from './seal.ts'

/** Longer than a Redis that is well takes, and shorter than what it saves. */
const answerMs = 100
/** How long Redis is left alone after it has failed. */
const outageMs = 1_000

export type Shared = ReturnType<typeof createShared>
type Connection = { publisher: Redis; seal: Seal }

/** What processes keep for each other in Redis, sealed, each with an end. Without Redis there is nothing, and it says no more. */
export function createShared(redis: Connection | null) {
  let askAgainAt = 0
  const within = () => (redis?.publisher.status === 'ready' && performance.now() >= askAgainAt ? redis : null)

  function leaveAlone() {
    askAgainAt = performance.now() + outageMs
  }

  return {
    /** Null for what is not there, does not open, or does not come in time. */
    async get(name: string): Promise<Buffer | null> {
      const { publisher, seal } = within() ?? {}
      if (!publisher || !seal) return null
      const over = new AbortController()
      try {
        const late = sleep(answerMs, 'late' as const, { signal: over.signal })
        late.catch(() => {})
        const found = await Promise.race([publisher.getBuffer(name), late])
        if (found === 'late') leaveAlone()
        return found && found !== 'late' ? seal.openBytes(name, found) : null
      } catch {
        leaveAlone()
        return null
      } finally {
        over.abort()
      }
    },
    /** Not awaited: whoever has it in hand does not wait for others' sake. */
    set(name: string, plain: Buffer, ttlMs: number) {
      const { publisher, seal } = within() ?? {}
      if (!publisher || !seal || ttlMs < 1) return
      publisher.set(name, seal.sealBytes(name, plain), 'PX', Math.floor(ttlMs)).catch(leaveAlone)
    },
  }
}
