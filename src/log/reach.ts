import { setTimeout as sleep } from 'node:timers/promises'
import type { Stream } from '../db/schema/event.ts'
import type { Cursor, Place } from './cursor.ts'
import type { Tails } from './tails.ts'

const reachMs = 300

/**
 * Looks at once for what lies beyond the tails. True when this process has applied all up to these places; a place that
 * PostgreSQL does not have is nothing to wait for. False when that does not show in time.
 */
export async function reach(tails: Tails, cursor: Cursor, timeoutMs = reachMs): Promise<boolean> {
  if (tails.log === null) return false
  const places = Object.entries(cursor) as [Stream, Place][]
  const ahead = places.filter(([stream, { position }]) => position > tails.of(stream).head.position)
  if (ahead.length === 0) return true
  const over = new AbortController()
  const late = sleep(timeoutMs, false, { signal: over.signal }).catch(() => false)
  const looked = Promise.all(ahead.map(([stream]) => tails.of(stream).look())).then(
    () => true,
    () => false,
  )
  try {
    return await Promise.race([looked, late])
  } finally {
    over.abort()
  }
}
