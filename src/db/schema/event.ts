import { bigint, bytea, jsonb, primaryKey, snakeCase, text, timestamp } from 'drizzle-orm/pg-core'

/** The streams of the event log: few and fixed. A subscription field reads one. */
export const streams = ['accounts', 'alerts', 'kyc', 'rates', 'tokens', 'transfers'] as const
export type Stream = (typeof streams)[number]

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
  (t) => [primaryKey({ columns: [t.stream, t.position] })],
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
