import { sql } from 'drizzle-orm'
import type { Db } from '../db/client.ts'
import { eventColumns, type LoggedEvent, type NewEvent } from './event.ts'

/** Appends in the given transaction: streams in alphabetical order, so that two writers never wait for each other in a circle. */
export async function appendEvents(tx: Pick<Db, 'execute'>, events: NewEvent[]): Promise<LoggedEvent[]> {
  const appended: LoggedEvent[] = []
  for (const stream of [...new Set(events.map((event) => event.stream))].sort()) {
    const items = events
      .filter((event) => event.stream === stream)
      .map(({ type, subjectId, actorId, tags, payload }) => ({ type, subjectId, actorId, tags, payload }))
    const { rows } = await tx.execute<LoggedEvent>(
      sql`select ${sql.raw(eventColumns)} from append_events(${stream}, ${JSON.stringify(items)}::jsonb)`,
    )
    appended.push(...rows)
  }
  return appended
}
