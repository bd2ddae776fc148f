import { sql } from 'drizzle-orm'
import type { Context } from '../context.ts'
import type { Stream } from '../db/schema/event.ts'
import { encodeCursor, type Place } from '../log/cursor.ts'
import { genesisHash } from '../log/event.ts'
import { may, type Viewer } from '../permissions.ts'

/** What it takes to follow a stream; rates are public. */
const permissionFor = { alerts: 'alert:read', kyc: 'kyc:read', rates: null, transfers: 'transfer:read' } as const
type Followed = keyof typeof permissionFor
const followed = Object.keys(permissionFor) as Followed[]

/** The streams that have subscriptions a viewer may use. */
const streamsOf = (viewer: Viewer): Stream[] =>
  followed.filter((stream) => {
    const permission = permissionFor[stream]
    return permission === null || may(viewer, permission)
  })

/** The ends of the streams as this operation's snapshot shows them: what it read is the state at exactly this cursor. */
export async function readEventCursor(ctx: Context): Promise<string> {
  // One step into the index for each stream: DISTINCT ON would read the whole log.
  const { rows } = await ctx.db.execute<Place & { stream: Stream }>(sql`
    select s.stream, coalesce(e.position, 0)::float8 as position, coalesce(encode(e.hash, 'hex'), ${genesisHash}) as hash
    from unnest(${sql.param(streamsOf(ctx.viewer))}::text[]) s(stream)
    left join lateral (
      select position, hash from events where events.stream = s.stream order by position desc limit 1
    ) e on true`)
  return encodeCursor(Object.fromEntries(rows.map(({ stream, position, hash }) => [stream, { position, hash }])))
}
