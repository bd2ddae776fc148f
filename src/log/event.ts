import type { Stream } from '../db/schema/event.ts'

/** A row of the log as it travels: in a doorbell's message, in a tail, to subscribers. Hashes are hex. */
export type LoggedEvent = {
  stream: Stream
  position: number
  type: string
  subjectId: string | null
  actorId: string | null
  tags: string[]
  payload: Record<string, unknown>
  createdAt: string
  previousHash: string
  hash: string
}

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
