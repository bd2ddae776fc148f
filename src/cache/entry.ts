import { z } from 'zod'
import { streams } from '../db/schema/event.ts'
import { parseJson } from '../parse-json.ts'
import type { Positions } from './touches.ts'

/** An answer as it goes into Redis: what had been applied before it was made, when that was, and until when it may be used at most. */
export type SharedEntry = { positions: Positions; storedAt: number; endsAt: number; body: Buffer }

const position = z.int().nonnegative()
const header = z.strictObject({
  positions: z.strictObject(
    Object.fromEntries(streams.map((stream) => [stream, position])) as Record<keyof Positions, typeof position>,
  ),
  storedAt: z.int().nonnegative(),
  endsAt: z.int().nonnegative(),
})
const lengthBytes = 4

export function encodeEntry({ body, ...facts }: SharedEntry): Buffer {
  const text = Buffer.from(JSON.stringify(facts))
  const length = Buffer.alloc(lengthBytes)
  length.writeUInt32BE(text.length)
  return Buffer.concat([length, text, body])
}

/** Null for whatever is not an entry, whoever wrote it. */
export function decodeEntry(bytes: Buffer): SharedEntry | null {
  if (bytes.length < lengthBytes) return null
  const bodyAt = lengthBytes + bytes.readUInt32BE()
  if (bodyAt >= bytes.length) return null
  const { data } = header.safeParse(parseJson(bytes.toString('utf8', lengthBytes, bodyAt)))
  return data ? { ...data, body: bytes.subarray(bodyAt) } : null
}
