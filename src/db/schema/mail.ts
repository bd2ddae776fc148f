import { sql } from 'drizzle-orm'
import { check, index, snakeCase, text } from 'drizzle-orm/pg-core'
import { at, encrypted, id } from '../columns.ts'
import { users } from './auth.ts'

export const mailKinds = [
  'email_verification',
  'account_exists',
  'password_reset',
  'email_change_approval',
  'email_change',
  'kyc_approved',
  'kyc_rejected',
  'kyc_information_requested',
  'kyc_revoked',
  'kyc_expired',
] as const
export type MailKind = (typeof mailKinds)[number]
export const mailLocales = ['en', 'de', 'fr', 'nl'] as const
export type MailLocale = (typeof mailLocales)[number]

/** The outbox: a row is a mail that a committed change needs. It stays as the record of what was sent, without contents. */
export const mails = snakeCase.table(
  'mails',
  {
    id: id('mail'),
    userId: text()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    kind: text({ enum: mailKinds }).notNull(),
    locale: text({ enum: mailLocales }).notNull(),
    /** Address and link. Null: it goes to the user's own address and holds no secret; or it is sent or given up. */
    content: encrypted(),
    /** From then on it is of no use any more, and not sent. */
    expiresAt: at().notNull(),
    /** Until then one process has it in its hands. Null: nobody ever had; the time it was made: it was let go again. */
    claimedUntil: at(),
    sentAt: at(),
    givenUpAt: at(),
    createdAt: at().notNull().defaultNow(),
  },
  (t) => [
    index('mails_user_id_kind_idx').on(t.userId, t.kind, t.createdAt),
    index('mails_open_idx').on(t.createdAt).where(sql`${t.sentAt} is null and ${t.givenUpAt} is null`),
    check('mails_one_end', sql`num_nonnulls(${t.sentAt}, ${t.givenUpAt}) <= 1`),
    check('mails_contents_cleared', sql`${t.content} is null or num_nonnulls(${t.sentAt}, ${t.givenUpAt}) = 0`),
  ],
)
