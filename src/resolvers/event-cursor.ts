import { inArray, sql } from 'drizzle-orm'
import type { Context } from '../context.ts'
import { events, type Stream } from '../db/schema/event.ts'
import { type Cursor, encodeCursor } from '../log/cursor.ts'
import { genesisHash } from '../log/event.ts'
import type { Viewer } from '../permissions.ts'

/** The streams that have subscriptions a viewer may use. */
const streamsOf = (viewer: Viewer): Stream[] =>
  viewer.kind === 'anonymous' ? ['rates'] : ['alerts', 'kyc', 'rates', 'transfers']

/** The ends of the streams as this operation's snapshot shows them: what it read is the state at exactly this cursor. */
export async function readEventCursor(ctx: Context): Promise<string> {
  const streams = streamsOf(ctx.viewer)
  const rows = await ctx.db
    .selectDistinctOn([events.stream], {
      stream: events.stream,
      position: events.position,
      hash: sql<string>`encode(${events.hash}, 'hex')`,
    })
    .from(events)
    .where(inArray(events.stream, streams))
    .orderBy(events.stream, sql`${events.position} desc`)
  const cursor: Cursor = Object.fromEntries(streams.map((stream) => [stream, { position: 0, hash: genesisHash }]))
  for (const { stream, position, hash } of rows) cursor[stream] = { position, hash }
  return encodeCursor(cursor)
}
