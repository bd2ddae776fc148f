import { setTimeout as sleep } from 'node:timers/promises'
import type { Stream } from '../db/schema/event.ts'
import type { Cursor, Place } from './cursor.ts'
import type { Tails } from './tails.ts'

const reachMs = 300

/** The places that this process has not come to yet. */
const ahead = (tails: Tails, cursor: Cursor) =>
  (Object.entries(cursor) as [Stream, Place][]).filter(
    ([stream, { position }]) => position > tails.of(stream).head.position,
  )

/**
 * Looks at once for what lies beyond the tails. True when this process has applied all up to these places; a place that
 * PostgreSQL does not have is nothing to wait for. False when that does not show in time.
 */
export async function reach(tails: Tails, cursor: Cursor): Promise<boolean> {
  if (tails.log === null) return false
  const missing = ahead(tails, cursor)
  if (missing.length === 0) return true
  const over = new AbortController()
  const late = sleep(reachMs, false, { signal: over.signal }).catch(() => false)
  const looked = Promise.all(missing.map(([stream]) => tails.of(stream).look())).then(
    () => true,
    () => false,
  )
  try {
    return await Promise.race([looked, late])
  } finally {
    over.abort()
  }
}

/** Waits, not for long, until the tails have applied what they were offered: it may have come before its predecessor. */
export async function applied(tails: Tails, cursor: Cursor): Promise<void> {
  const missing = tails.log === null ? [] : ahead(tails, cursor)
  if (missing.length === 0) return
  const late = AbortSignal.timeout(reachMs)
  for (const [stream, { position }] of missing) {
    const tail = tails.of(stream)
    while (tail.head.position < position && !late.aborted) await tail.changed(late)
  }
}
