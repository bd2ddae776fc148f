import { z } from 'zod'
import { type Stream, streams } from '../db/schema/event.ts'

const hash = z.string().regex(/^[0-9a-f]{64}$/)

/** A row of the log as it travels: in a doorbell's message, in a tail, to subscribers. Hashes are hex. */
export const loggedEvent = z.object({
  stream: z.enum(streams),
  position: z.int().positive(),
  type: z.string(),
  subjectId: z.string().nullable(),
  actorId: z.string().nullable(),
  tags: z.array(z.string()),
  payload: z.record(z.string(), z.unknown()),
  createdAt: z.string(),
  previousHash: hash,
  hash,
})
export type LoggedEvent = z.infer<typeof loggedEvent>

export type NewEvent = {
  stream: Stream
  type: string
  subjectId: string
  actorId: string | null
  tags: string[]
  /** Ids, enums, numbers and digests: never names, reasons or document numbers. */
  payload: Record<string, unknown>
}

/** The hash before the first event of a stream. */
export const genesisHash = '0'.repeat(64)

/** Columns of `events` under the names and in the forms of `LoggedEvent`. */
export const eventColumns = `stream, position::float8 as position, type, subject_id as "subjectId", actor_id as "actorId", tags, payload,
  to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "createdAt",
  encode(previous_hash, 'hex') as "previousHash", encode(hash, 'hex') as hash`
