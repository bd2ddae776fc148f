import { createHash } from 'node:crypto'
import type { Stream } from '../db/schema/event.ts'

/** Unlike parts joined to one text, no two lists of parts look the same. */
const digest = (...parts: string[]) => createHash('sha256').update(JSON.stringify(parts)).digest('base64url')

/**
 * Every name in Redis, and the only place that makes one. Whatever comes from a client goes in as a digest: it can
 * neither reach another name nor tell anything. `log` is the log that a value rests on: of another one it is not found.
 */
export const redisNames = {
  events: (stream: Stream) => `gatehouse:events:${stream}`,
  limit: (subject: string) => `gatehouse:limit:{${digest(subject)}}`,
  /** What the doctor tries Redis with, for a moment. */
  probe: (id: string) => `gatehouse:doctor:${id}`,
  answer: (log: string, key: string) => `gatehouse:answer:${digest(log, key)}`,
  viewer: (log: string, tokenHash: string) => `gatehouse:viewer:${digest(log, tokenHash)}`,
}
