import { hash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Stream } from '../db/schema/event.ts'

/** Unlike parts joined to one text, no two lists of parts look the same. */
const digest = (...parts: string[]) => hash('sha256', JSON.stringify(parts), 'base64url')

let software: string | null = null

/** The software itself, read once. What another version has made may be of another form, or by other rules of who sees what. */
export function readSoftware(): string {
  software ??= digest(...contentsOf(join(import.meta.dirname, '..')))
  return software
}

function contentsOf(directory: string): string[] {
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
  return files.sort().map((name) => readFileSync(join(directory, name), 'utf8'))
}

/**
 * Every name in Redis, and the only place that makes one. Whatever comes from a client goes in as a digest: it can
 * neither reach another name nor tell anything. `log` is the log that a value rests on: of another one it is
 * not found, and neither is what another version of the software has made.
 */
export const redisNames = {
  events: (stream: Stream) => `gatehouse:events:${stream}`,
  limit: (subject: string) => `gatehouse:limit:{${digest(subject)}}`,
  /** What the doctor tries Redis with, for a moment. */
  probe: (id: string) => `gatehouse:doctor:${id}`,
  answer: (log: string, key: string) => `gatehouse:answer:${digest(readSoftware(), log, key)}`,
  viewer: (log: string, tokenHash: string) => `gatehouse:viewer:${digest(readSoftware(), log, tokenHash)}`,
}
