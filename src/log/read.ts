import type pg from 'pg'
import { type Stream, streams } from '../db/schema/event.ts'
import type { Place } from './cursor.ts'
import { eventColumns, genesisHash, type LoggedEvent } from './event.ts'

/**
 * The last event of each stream, and which database this is: its identity and its timeline (a failover or a restore
 * begins another). `files`: which database of its server, which file of the log in it, and since when the server runs:
 * where one was put back in the place of another, or two standbys were promoted after each other, nothing else tells.
 */
export type Heads = { generation: string; files: string; places: Record<Stream, Place> }

const headsStatement = `
  select (select system_identifier::text from pg_control_system()) || '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8) as generation,
    (select concat_ws('/', oid, pg_relation_filenode('events'), extract(epoch from pg_postmaster_start_time()))
      from pg_database where datname = current_database()) as files,
    s.stream, coalesce(e.position, 0)::float8 as position, coalesce(encode(e.hash, 'hex'), '${genesisHash}') as hash
  from unnest($1::text[]) s(stream)
  left join lateral (select position, hash from events where events.stream = s.stream order by position desc limit 1) e on true`

export async function readHeads(pool: pg.Pool): Promise<Heads> {
  const { rows } = await pool.query<{ generation: string; files: string; stream: Stream } & Place>({
    name: 'log-heads',
    text: headsStatement,
    values: [streams],
  })
  const places = Object.fromEntries(rows.map(({ stream, position, hash }) => [stream, { position, hash }]))
  const { generation, files } = rows[0]!
  return { generation, files, places: places as Heads['places'] }
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

/** What the last events up to a position touched, each tag at its last one, and the position after which that is all. */
export async function readTouches(pool: pg.Pool, stream: Stream, to: number, limit: number) {
  const { rows } = await pool.query<{ tag: string | null; position: number }>({
    name: 'log-touches',
    text: `with recent as materialized (select position, tags from events where stream = $1 and position between $2 and $3)
      select null as tag, coalesce(min(position) - 1, $3)::float8 as position from recent
      union all select tag, max(position)::float8 from recent, unnest(tags) tag group by tag`,
    values: [stream, to - limit + 1, to],
  })
  const isTag = (row: (typeof rows)[number]): row is { tag: string; position: number } => row.tag !== null
  return { stream, floor: rows.find(({ tag }) => tag === null)!.position, touched: rows.filter(isTag) }
}
