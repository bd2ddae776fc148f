import type { Redis } from 'ioredis'
import { LRUCache } from 'lru-cache'
import type { Logger } from '../logger.ts'
import { createSharedWindow } from './shared-window.ts'
import { createWindow, type Window, windowSlots } from './window.ts'

const second = 1_000
/** A process takes a twentieth of a limit at a time. */
const slices = 20
/** How long Redis is left alone after it has failed. */
const outageMs = 1_000
const maxSubjects = 100_000

/** `retryAfterSeconds`: when it is worth asking again; 0 when it was allowed. */
type Verdict = { allowed: boolean; retryAfterSeconds: number }

type Options = {
  /** Null: this process is alone. */
  redis: { publisher: Redis } | null
  logger: Logger
  /** Milliseconds of a clock that is never set back. */
  now?: () => number
  slotMs?: number
}

type Slice = { left: number; endsAt: number; slot: number }
type Subject = {
  /** What this process has let through. */
  window: Window
  slice: Slice | null
  /** What Redis said last when it refused: ask no more before, and when something is out. */
  refused: { until: number; freeAt: number } | null
  taking: Promise<void> | null
}

/**
 * At most so many a minute, in any minute that one looks at, over all processes together. Each takes allowance from
 * Redis and spends it in memory, within the second for which it was counted; what is left then goes back. While Redis
 * does not answer each process keeps to the limit by itself.
 */
export function createLimiter({ redis, logger, now = () => performance.now(), slotMs = second }: Options) {
  const shared = redis && createSharedWindow(redis.publisher, slotMs)
  const ttl = (windowSlots + 2) * slotMs
  const subjects = new LRUCache<string, Subject>({ max: maxSubjects, ttl, updateAgeOnGet: true })
  const timers = new Set<NodeJS.Timeout>()
  let isDown = false
  let askAgainAt = 0

  function subjectOf(name: string): Subject {
    const known = subjects.get(name)
    if (known) return known
    const subject = { window: createWindow(slotMs), slice: null, refused: null, taking: null }
    subjects.set(name, subject)
    return subject
  }

  function failed(error: unknown) {
    if (!isDown) logger.warn({ err: error }, 'limits are kept by each process for itself: Redis does not answer')
    isDown = true
    askAgainAt = now() + outageMs
  }

  async function take(name: string, subject: Subject, limit: number) {
    const askedAt = now()
    // What is left of one that is over, or came too late, does not count against whoever asks now.
    if (subject.slice) giveBack(name, subject.slice)
    try {
      const grant = await shared!.take(name, limit, Math.max(1, Math.floor(limit / slices)))
      isDown = false
      // From the moment of asking: Redis looked at its clock after it.
      const endsAt = askedAt + grant.endsInMs
      if (grant.granted === 0) subject.refused = { until: endsAt, freeAt: askedAt + grant.freeInMs }
      else {
        subject.slice = { left: grant.granted, endsAt, slot: grant.slot }
        giveBackLater(name, subject.slice)
      }
    } catch (error) {
      failed(error)
    }
  }

  function giveBack(name: string, slice: Slice) {
    const { left, slot } = slice
    slice.left = 0
    if (left > 0) shared!.giveBack(name, slot, left).catch(failed)
  }

  function giveBackLater(name: string, slice: Slice) {
    const timer = setTimeout(
      () => {
        timers.delete(timer)
        giveBack(name, slice)
      },
      Math.max(0, slice.endsAt - now()),
    ).unref()
    timers.add(timer)
  }

  function allow({ window }: Subject): Verdict {
    window.add(now())
    return { allowed: true, retryAfterSeconds: 0 }
  }

  const refuse = (inMs: number): Verdict => ({
    allowed: false,
    retryAfterSeconds: Math.max(1, Math.ceil(inMs / second)),
  })

  return {
    /** Asks for one. The subject is whoever is limited, the limit how many a minute. */
    async consume(name: string, limit: number): Promise<Verdict> {
      const subject = subjectOf(name)
      const { window } = subject
      for (;;) {
        const at = now()
        // Whatever Redis says: what it did not hear of when it was down counts as well.
        if (window.used(at) >= limit) return refuse(window.freeInMs(at))
        if (!shared || at < askAgainAt) return allow(subject)
        const { slice, refused } = subject
        if (slice && slice.left > 0 && at < slice.endsAt) {
          slice.left -= 1
          return allow(subject)
        }
        if (refused && at < refused.until) return refuse(refused.freeAt - at)
        subject.taking ??= take(name, subject, limit).finally(() => {
          subject.taking = null
        })
        await subject.taking
      }
    },
    close() {
      for (const timer of timers) clearTimeout(timer)
    },
  }
}
