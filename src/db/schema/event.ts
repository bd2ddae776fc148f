import { type Column, type SQL, sql } from 'drizzle-orm'
import { bigint, bytea, index, jsonb, primaryKey, snakeCase, text, timestamp } from 'drizzle-orm/pg-core'

/** The streams of the event log: few and fixed. A subscription field reads one. */
export const streams = ['accounts', 'alerts', 'kyc', 'rates', 'tokens', 'transfers'] as const
export type Stream = (typeof streams)[number]

/**
 * What people did. Transfers and quotations are events too, but nobody's deeds, unless a rate was set by hand.
 * The indexes and the query of the audit trail say it in the same words, or PostgreSQL does not see that they fit.
 */
export const isAudited = (event: { stream: Column; type: Column }): SQL =>
  sql`(${event.stream} not in ('transfers', 'rates') or ${event.type} = 'rate.set')`

/** The event log and audit trail: dense positions in commit order, chained by hash, append-only. */
export const events = snakeCase.table(
  'events',
  {
    stream: text().$type<Stream>().notNull(),
    position: bigint({ mode: 'number' }).notNull(),
    type: text().notNull(),
    subjectId: text(),
    actorId: text(),
    tags: text().array().notNull(),
    payload: jsonb().$type<Record<string, unknown>>().notNull(),
    // Microseconds, because the hash covers them.
    createdAt: timestamp({ withTimezone: true, mode: 'date' }).notNull(),
    previousHash: bytea().notNull(),
    hash: bytea().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.stream, t.position] }),
    // What machines write is left out, so that its appends stay as cheap as they are.
    index('events_audit_idx').on(t.createdAt, t.stream, t.position).where(isAudited(t)),
    index('events_audit_subject_id_idx').on(t.subjectId).where(isAudited(t)),
    index('events_audit_actor_id_idx').on(t.actorId).where(isAudited(t)),
  ],
)

/** What `trim_events` cut: the last position and its hash, so that the chain of what remains still has its beginning. */
export const eventTrims = snakeCase.table(
  'event_trims',
  {
    stream: text().$type<Stream>().notNull(),
    position: bigint({ mode: 'number' }).notNull(),
    hash: bytea().notNull(),
    trimmedAt: timestamp({ withTimezone: true, mode: 'date' }).notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.stream, t.position] })],
)
