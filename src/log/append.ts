import { sql } from 'drizzle-orm'
import type { Db } from '../db/client.ts'
import { type Stream, streams } from '../db/schema/event.ts'
import { eventColumns, type LoggedEvent, type NewEvent } from './event.ts'

/** Alphabetical, so that two writers never wait for each other in a circle; triggers lock `accounts` at COMMIT, so it is last. */
const lockOrder: Stream[] = [...streams.filter((stream) => stream !== 'accounts').sort(), 'accounts']

/** Appends in the given transaction, as the last thing that it does. `beforeLast`: only one statement is left. */
export async function appendEvents(
  tx: Pick<Db, 'execute'>,
  events: NewEvent[],
  beforeLast = () => {},
): Promise<LoggedEvent[]> {
  const appended: LoggedEvent[] = []
  const written = lockOrder.filter((stream) => events.some((event) => event.stream === stream))
  for (const stream of written) {
    const items = events
      .filter((event) => event.stream === stream)
      .map(({ type, subjectId, actorId, tags, payload }) => ({ type, subjectId, actorId, tags, payload }))
    if (stream === written.at(-1)) beforeLast()
    const { rows } = await tx.execute<LoggedEvent>(
      sql`select ${sql.raw(eventColumns)} from append_events(${stream}, ${JSON.stringify(items)}::jsonb)`,
    )
    appended.push(...rows)
  }
  return appended
}
