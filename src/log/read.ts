import type pg from 'pg'
import { type Stream, streams } from '../db/schema/event.ts'
import type { Place } from './cursor.ts'
import { eventColumns, genesisHash, type LoggedEvent } from './event.ts'

/** The last event of each stream, and which database this is: its identity and its timeline (a failover or a restore begins another). */
export type Heads = { generation: string; places: Record<Stream, Place> }

const headsStatement = `
  select (select system_identifier::text from pg_control_system()) || '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8) as generation,
    s.stream, coalesce(e.position, 0)::float8 as position, coalesce(encode(e.hash, 'hex'), '${genesisHash}') as hash
  from unnest($1::text[]) s(stream)
  left join lateral (select position, hash from events where events.stream = s.stream order by position desc limit 1) e on true`

export async function readHeads(pool: pg.Pool): Promise<Heads> {
  const { rows } = await pool.query<{ generation: string; stream: Stream } & Place>({
    name: 'log-heads',
    text: headsStatement,
    values: [streams],
  })
  const places = Object.fromEntries(rows.map(({ stream, position, hash }) => [stream, { position, hash }]))
  return { generation: rows[0]!.generation, places: places as Heads['places'] }
}

/** Events of a stream from one position to another, both included, in order. */
export async function readEvents(
  pool: pg.Pool,
  stream: Stream,
  range: { from: number; to: number; limit: number },
): Promise<LoggedEvent[]> {
  const { rows } = await pool.query<LoggedEvent>({
    name: 'log-events',
    text: `select ${eventColumns} from events where stream = $1 and position between $2 and $3 order by events.position limit $4`,
    values: [stream, range.from, range.to, range.limit],
  })
  return rows
}
