import { and, eq, gte, lt, type SQL, sql } from 'drizzle-orm'
import type { Context } from '../context.ts'
import { users } from '../db/schema/auth.ts'
import { events, isAudited, type Stream } from '../db/schema/event.ts'

type AuditFilter = {
  stream?: string | null | undefined
  subjectId?: string | null | undefined
  actorId?: string | null | undefined
  action?: string | null | undefined
  createdAfter?: Date | null | undefined
  createdBefore?: Date | null | undefined
}
export type AuditKey = { microseconds: string; stream: Stream; position: number }
export type AuditRow = {
  stream: Stream
  position: number
  type: string
  actorId: string | null
  subjectId: string | null
  payload: Record<string, unknown>
  createdAt: Date
  hash: string
  previousHash: string
  /** Of `createdAt`, since the epoch: a JavaScript date does not hold them. */
  microseconds: string
}

const microseconds = sql<string>`(extract(epoch from ${events.createdAt}) * 1000000)::bigint::text`

type Page = { filter: AuditFilter; after: AuditKey | null; before: AuditKey | null; backward: boolean; limit: number }

/** Entries of the audit trail, newest first, or oldest first when reading backward; only for who may read it. */
export function readAuditLog(ctx: Context, { filter, after, before, backward, limit }: Page): Promise<AuditRow[]> {
  const order = sql.raw(backward ? 'asc' : 'desc')
  return selectAudit(ctx)
    .where(
      and(
        isAudited(events),
        filterOf(filter),
        after ? beyond(after, '<') : undefined,
        before ? beyond(before, '>') : undefined,
      ),
    )
    .orderBy(sql`${events.createdAt} ${order}`, sql`${events.stream} ${order}`, sql`${events.position} ${order}`)
    .limit(limit)
}

export async function readAuditEntries(
  ctx: Context,
  places: { stream: Stream; position: number }[],
): Promise<AuditRow[]> {
  if (places.length === 0) return []
  const wanted = places.map(({ stream, position }) => sql`(${stream}, ${position}::bigint)`)
  return selectAudit(ctx).where(
    and(isAudited(events), sql`(${events.stream}, ${events.position}) in (${sql.join(wanted, sql`, `)})`),
  )
}

const selectAudit = (ctx: Context) =>
  ctx.db
    .select({
      stream: events.stream,
      position: events.position,
      type: events.type,
      // An actor that is no user any more is nobody that could be shown.
      actorId: users.id,
      subjectId: events.subjectId,
      payload: events.payload,
      createdAt: events.createdAt,
      hash: sql<string>`encode(${events.hash}, 'hex')`,
      previousHash: sql<string>`encode(${events.previousHash}, 'hex')`,
      microseconds,
    })
    .from(events)
    .leftJoin(users, eq(users.id, events.actorId))

const filterOf = (filter: AuditFilter): SQL | undefined =>
  and(
    filter.stream != null ? eq(events.stream, filter.stream as Stream) : undefined,
    filter.subjectId != null ? eq(events.subjectId, filter.subjectId) : undefined,
    filter.actorId != null ? eq(events.actorId, filter.actorId) : undefined,
    filter.action != null ? eq(events.type, filter.action) : undefined,
    filter.createdAfter ? gte(events.createdAt, filter.createdAfter) : undefined,
    filter.createdBefore ? lt(events.createdAt, filter.createdBefore) : undefined,
  )

/** Newest first: what comes after an entry is what is less. */
function beyond(key: AuditKey, direction: '<' | '>'): SQL {
  const comparison = sql.raw(direction)
  const at = sql`to_timestamp(${key.microseconds}::numeric / 1000000)`
  return sql`(${events.createdAt}, ${events.stream}, ${events.position}) ${comparison} (${at}, ${key.stream}, ${key.position})`
}
