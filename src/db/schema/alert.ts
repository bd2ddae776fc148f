import { sql } from 'drizzle-orm'
import { check, index, snakeCase, text } from 'drizzle-orm/pg-core'
import { at, id } from '../columns.ts'
import { users } from './auth.ts'

export const alertSeverities = ['info', 'warning', 'critical'] as const
export type AlertSeverity = (typeof alertSeverities)[number]

/** What everybody who is signed in is told. Never changed, never taken back. */
export const systemAlerts = snakeCase.table(
  'system_alerts',
  {
    id: id('systemAlert'),
    severity: text({ enum: alertSeverities }).notNull(),
    message: text().notNull(),
    /** Null: the gateway itself, of what it found wrong. */
    raisedById: text().references(() => users.id),
    createdAt: at().notNull().defaultNow(),
  },
  (t) => [
    index('system_alerts_created_at_idx').on(t.createdAt.desc().nullsFirst(), t.id.desc().nullsFirst()),
    check('system_alerts_severity', sql`${t.severity} in ('info', 'warning', 'critical')`),
  ],
)
