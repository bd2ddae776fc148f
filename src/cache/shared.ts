import type { Redis } from 'ioredis'
import { readSoftware } from './names.ts'
import type { Seal } from './seal.ts'

/** Longer than a Redis that is well takes, and shorter than what it saves. */
const answerMs = 100
/** How long Redis is left alone after it has failed. */
const outageMs = 1_000

export type Shared = ReturnType<typeof createShared>
type Connection = { publisher: Redis; seal: Seal }
type NameOf = () => string

/**
 * What processes keep for each other in Redis, sealed, each with an end. Without Redis there is nothing, it says no more,
 * and neither a name nor bytes are made.
 */
export function createShared(redis: Connection | null) {
  // Not at the first request: that would wait for it, and what lies there by then may be another version.
  if (redis) readSoftware()
  let askAgainAt = 0
  const within = () => (redis?.publisher.status === 'ready' && performance.now() >= askAgainAt ? redis : null)

  function leaveAlone() {
    askAgainAt = performance.now() + outageMs
  }

  return {
    /** Null for what is not there, does not open, or does not come in time. */
    async get(nameOf: NameOf): Promise<Buffer | null> {
      const { publisher, seal } = within() ?? {}
      if (!publisher || !seal) return null
      const name = nameOf()
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<never>((_resolve, reject) => {
        timer = setTimeout(reject, answerMs)
      })
      try {
        const found = await Promise.race([publisher.getBuffer(name), late])
        return found && seal.openBytes(name, found)
      } catch {
        leaveAlone()
        return null
      } finally {
        clearTimeout(timer)
      }
    },
    /** Not awaited: whoever has it in hand does not wait for others' sake. */
    set(nameOf: NameOf, encode: () => Buffer, ttlMs: number) {
      const { publisher, seal } = within() ?? {}
      if (!publisher || !seal || ttlMs < 1) return
      const name = nameOf()
      publisher.set(name, seal.sealBytes(name, encode()), 'PX', Math.floor(ttlMs)).catch(leaveAlone)
    },
  }
}
