import { and, desc, eq, gt, sql } from 'drizzle-orm'
import type { PersonalData } from '../../db/personal-data.ts'
import type { KycStatus } from '../../db/schema/kyc.ts'
import { type MailKind, type MailLocale, mails } from '../../db/schema/mail.ts'
import { notificationSettings, userSettings } from '../../db/schema/settings.ts'
import type { Tx } from '../../db/transaction.ts'
import { newId } from '../../ids.ts'
import { acceptedLanguages, supportedLocale } from '../../mail/locale.ts'
import { lifetimeMs, type MailContent, sealContent } from './content.ts'

/** The transaction may be Better Auth's. */
type MailTx = Pick<Tx, 'db' | 'addJob'>
type DecisionKind = Extract<MailKind, `kyc_${string}`>
export type AccountMailKind = Exclude<MailKind, DecisionKind>
type AccountMail = {
  userId: string
  kind: AccountMailKind
  content: MailContent
  /** Of the request that the mail answers. */
  acceptLanguage: string | null
}

const maxPerMinute = 1
const maxPerHour = 5

/**
 * A mail about the account, asked for by whoever knows the address: no more than one a minute and five an hour of a
 * kind, the rest comes to nothing. It is sent if and only if the transaction commits.
 */
export async function queueAccountMail(tx: MailTx, personalData: PersonalData, mail: AccountMail) {
  const { userId, kind, content, acceptLanguage } = mail
  // Two requests at once are counted one after the other.
  await tx.db.execute(sql`select pg_advisory_xact_lock(723554, hashtext(${`${userId} ${kind}`}))`)
  if (await isTooMuch(tx, userId, kind)) return
  const id = newId('mail')
  const locale = await localeOf(tx, userId, acceptedLanguages(acceptLanguage))
  await insertMail(tx, { id, userId, kind, locale, content: sealContent(personalData, id, content) })
}

/** What an applicant is told of, by the status that their application comes to. */
const kindOfStatus: Partial<Record<KycStatus, DecisionKind>> = {
  approved: 'kyc_approved',
  rejected: 'kyc_rejected',
  additional_info_required: 'kyc_information_requested',
  revoked: 'kyc_revoked',
  expired: 'kyc_expired',
}

/** The applicant learns of a decision by mail, unless they have switched that off. What is said needs a sign-in to read. */
export async function queueDecisionMail(tx: MailTx, { userId, status }: { userId: string; status: KycStatus }) {
  const kind = kindOfStatus[status]
  if (!kind || !(await wantsDecisions(tx, userId))) return
  await insertMail(tx, { id: newId('mail'), userId, kind, locale: await localeOf(tx, userId) })
}

async function insertMail(tx: MailTx, mail: Omit<typeof mails.$inferInsert, 'expiresAt'> & { id: string }) {
  const expiresAt = new Date(Date.now() + lifetimeMs[mail.kind])
  await tx.db.insert(mails).values({ ...mail, expiresAt })
  await addSending(tx, mail.id)
}

/** Under one key a mail: added again, the job is the same one. */
export const addSending = ({ addJob }: Pick<Tx, 'addJob'>, mailId: string) =>
  addJob('mail.send', { mailId }, `mail.send:${mailId}`)

async function isTooMuch(tx: MailTx, userId: string, kind: MailKind) {
  const [recent] = await tx.db
    .select({
      hour: sql<number>`count(*)::int`,
      minute: sql<number>`(count(*) filter (where ${mails.createdAt} > now() - interval '1 minute'))::int`,
    })
    .from(mails)
    .where(and(eq(mails.userId, userId), eq(mails.kind, kind), gt(mails.createdAt, sql`now() - interval '1 hour'`)))
  return recent !== undefined && (recent.minute >= maxPerMinute || recent.hour >= maxPerHour)
}

async function wantsDecisions(tx: MailTx, userId: string) {
  const [row] = await tx.db
    .select({ preferences: notificationSettings.preferences })
    .from(notificationSettings)
    .where(eq(notificationSettings.userId, userId))
  if (!row) return true
  return row.preferences.some(
    ({ channel, enabled, topics }) => channel === 'email' && enabled && topics.includes('compliance_updates'),
  )
}

/** What the user has set, else what their browser asks for, else the language of the last mail that they had asked for. */
async function localeOf(tx: MailTx, userId: string, accepted: readonly string[] = []): Promise<MailLocale> {
  const [settings] = await tx.db
    .select({ locale: userSettings.locale })
    .from(userSettings)
    .where(eq(userSettings.userId, userId))
  const wanted = supportedLocale([settings?.locale, ...accepted])
  if (wanted) return wanted
  const [last] = await tx.db
    .select({ locale: mails.locale })
    .from(mails)
    .where(eq(mails.userId, userId))
    .orderBy(desc(mails.createdAt))
    .limit(1)
  return last?.locale ?? 'en'
}
