import { sql } from 'drizzle-orm'
import { check, jsonb, snakeCase, text } from 'drizzle-orm/pg-core'
import { at } from '../columns.ts'
import { users } from './auth.ts'

export const themes = ['light', 'dark', 'system'] as const
export const notificationChannels = ['email', 'push', 'webhook'] as const
export const notificationTopics = ['token_transfers', 'compliance_updates', 'system_alerts'] as const
export type NotificationTopic = (typeof notificationTopics)[number]
export type NotificationPreference = {
  channel: (typeof notificationChannels)[number]
  enabled: boolean
  topics: readonly NotificationTopic[]
}

/** At most one row a user; no row means the defaults. */
export const userSettings = snakeCase.table(
  'user_settings',
  {
    userId: text()
      .primaryKey()
      .references(() => users.id, { onDelete: 'cascade' }),
    locale: text().notNull(),
    timeZone: text().notNull(),
    currency: text().notNull(),
    theme: text({ enum: themes }).notNull(),
    dateFormat: text().notNull(),
    numberFormat: text().notNull(),
    updatedAt: at().notNull().defaultNow(),
  },
  (t) => [
    check('user_settings_theme', sql`${t.theme} in ('light', 'dark', 'system')`),
    check('user_settings_currency', sql`${t.currency} ~ '^[A-Z]{3}$'`),
  ],
)

/** At most one row a user; no row means the defaults. */
export const notificationSettings = snakeCase.table('notification_settings', {
  userId: text()
    .primaryKey()
    .references(() => users.id, { onDelete: 'cascade' }),
  preferences: jsonb().$type<NotificationPreference[]>().notNull(),
  webhookUrl: text(),
  updatedAt: at().notNull().defaultNow(),
})
