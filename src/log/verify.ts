import type pg from 'pg'
import { type Stream, streams } from '../db/schema/event.ts'

/**
 * Recomputes the chain of every stream: how many events it holds, and the first position that is not what the chain
 * says, or null when it is whole. What is missing at the very end of a stream leaves no trace in it.
 */
export async function verifyLog(
  client: pg.Client | pg.Pool,
): Promise<{ stream: Stream; events: number; firstBad: number | null }[]> {
  const { rows } = await client.query<{ stream: Stream; events: number; firstBad: number | null }>(
    `select s.stream, (select count(*) from events e where e.stream = s.stream)::float8 as events,
       first_bad_event(s.stream)::float8 as "firstBad"
     from unnest($1::text[]) with ordinality s(stream, n) order by s.n`,
    [streams],
  )
  return rows
}
