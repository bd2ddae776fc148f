import type { PersonalData } from '../../db/personal-data.ts'
import type { MailKind, mails } from '../../db/schema/mail.ts'

/** What only the request knew. It is kept encrypted, and only until the mail is sent. */
export type MailContent = { address: string; link: string; newAddress?: string | undefined }

const placeOf = (mailId: string) => ({ table: 'mails', column: 'content', row: mailId })

export const sealContent = (personalData: PersonalData, mailId: string, content: MailContent) =>
  personalData.encrypt(placeOf(mailId), JSON.stringify(content))

export const openContent = (
  personalData: PersonalData,
  { id, content }: Pick<typeof mails.$inferSelect, 'id' | 'content'>,
): MailContent | null => content && JSON.parse(personalData.decrypt(placeOf(id), content))

const dayMs = 86_400_000

/** How long the links of Better Auth work. */
export const linkLifetimeMs = { verification: dayMs, passwordReset: dayMs / 24 }

/** A mail is not sent when its link does not work any more; a notice of a decision is none after three days. */
export const lifetimeMs: Record<MailKind, number> = {
  email_verification: linkLifetimeMs.verification,
  account_exists: dayMs,
  password_reset: linkLifetimeMs.passwordReset,
  email_change_approval: linkLifetimeMs.verification,
  email_change: linkLifetimeMs.verification,
  kyc_approved: 3 * dayMs,
  kyc_rejected: 3 * dayMs,
  kyc_information_requested: 3 * dayMs,
  kyc_revoked: 3 * dayMs,
  kyc_expired: 3 * dayMs,
}
