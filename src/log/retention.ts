import type pg from 'pg'
import type { Stream } from '../db/schema/event.ts'

/** Few enough that whoever writes to the stream meanwhile hardly waits: each cut holds it until its COMMIT. */
const cutAtOnce = 2_000

/** Only these may be cut: the other streams are the audit trail. */
type TrimmedStream = Extract<Stream, 'transfers' | 'rates'>

/** Cuts what is older than so many days from the beginning of a stream; never its last event. Resolves to how many. */
export async function trimStream(pool: pg.Pool, stream: TrimmedStream, days: number): Promise<number> {
  for (let total = 0; ; ) {
    // The log's clock does not run backwards: whatever is old comes before whatever is not.
    const { rows } = await pool.query<{ cut: number }>(
      `select trim_events($1, (
         select max(position) from (select position, created_at from events where stream = $1 order by position limit $2) oldest
         where created_at < now() - make_interval(days => $3)))::float8 as cut`,
      [stream, cutAtOnce, days],
    )
    total += rows[0]!.cut
    if (rows[0]!.cut < cutAtOnce) return total
  }
}
