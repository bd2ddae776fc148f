import { sql } from 'drizzle-orm'
import { bytea, check, date, index, integer, pgEnum, snakeCase, text, uniqueIndex } from 'drizzle-orm/pg-core'
import { at, encrypted, id, times } from '../columns.ts'
import { users } from './auth.ts'

export const kycStatus = pgEnum('kyc_status', [
  'draft',
  'submitted',
  'under_review',
  'additional_info_required',
  'approved',
  'rejected',
  'expired',
  'revoked',
])
export type KycStatus = (typeof kycStatus.enumValues)[number]
export const idDocumentType = pgEnum('id_document_type', ['passport', 'drivers_license', 'national_id'])
export const kycRejectionKind = pgEnum('kyc_rejection_kind', ['retry', 'final'])

/** The allowed steps of `status`, the version's growth and the reviewer's rule are held by triggers and checks too. */
export const kycApplications = snakeCase.table(
  'kyc_applications',
  {
    id: id('kycApplication'),
    version: integer().notNull().default(1),
    userId: text()
      .notNull()
      .references(() => users.id),
    status: kycStatus().notNull().default('draft'),
    firstName: text(),
    lastName: text(),
    dateOfBirth: encrypted(),
    nationality: text(),
    residenceCountry: text(),
    residenceAddress: encrypted(),
    idDocumentType: idDocumentType(),
    idDocumentNumber: encrypted(),
    /** HMAC of the normalised number: equality can be searched, the number cannot be read. */
    idDocumentNumberDigest: bytea(),
    idDocumentExpiry: date({ mode: 'string' }),
    submittedAt: at(),
    reviewedAt: at(),
    reviewedById: text().references(() => users.id),
    rejectionReason: text(),
    rejectionKind: kycRejectionKind(),
    expiresAt: at(),
    ...times,
  },
  (t) => [
    // Keyset pages read these backwards and forwards; nulls first is what PostgreSQL's DESC means.
    index('kyc_applications_user_id_idx').on(t.userId, t.createdAt.desc().nullsFirst(), t.id.desc().nullsFirst()),
    index('kyc_applications_status_submitted_at_idx').on(
      t.status,
      t.submittedAt.desc().nullsFirst(),
      t.id.desc().nullsFirst(),
    ),
    index('kyc_applications_submitted_at_idx').on(t.submittedAt.desc().nullsFirst(), t.id.desc().nullsFirst()),
    index('kyc_applications_created_at_idx').on(t.createdAt.desc().nullsFirst(), t.id.desc().nullsFirst()),
    index('kyc_applications_expires_at_idx').on(t.expiresAt).where(sql`${t.status} = 'approved'`),
    index('kyc_applications_number_digest_idx').on(t.idDocumentNumberDigest),
    index('kyc_applications_first_name_idx').on(sql`lower(${t.firstName}) text_pattern_ops`),
    index('kyc_applications_last_name_idx').on(sql`lower(${t.lastName}) text_pattern_ops`),
    uniqueIndex('kyc_applications_one_undecided')
      .on(t.userId)
      .where(sql`${t.status} in ('draft', 'submitted', 'under_review', 'additional_info_required')`),
    uniqueIndex('kyc_applications_one_approved').on(t.userId).where(sql`${t.status} = 'approved'`),
    check('kyc_applications_reviewer_is_not_applicant', sql`${t.reviewedById} <> ${t.userId}`),
    check('kyc_applications_submitted', sql`${t.status} = 'draft' or ${t.submittedAt} is not null`),
    check(
      'kyc_applications_decided',
      sql`${t.status} not in ('approved', 'rejected', 'revoked', 'expired') or (${t.reviewedAt} is not null and ${t.reviewedById} is not null)`,
    ),
    check('kyc_applications_approved', sql`${t.status} <> 'approved' or ${t.expiresAt} > ${t.reviewedAt}`),
    check(
      'kyc_applications_rejected',
      sql`${t.status} <> 'rejected' or (${t.rejectionReason} is not null and ${t.rejectionKind} is not null)`,
    ),
    check('kyc_applications_nationality', sql`${t.nationality} ~ '^[A-Z]{2}$'`),
    check('kyc_applications_residence_country', sql`${t.residenceCountry} ~ '^[A-Z]{2}$'`),
  ],
)

/** One row for every step of `status`, never changed. `version` is the application's after the step. */
export const kycStatusChanges = snakeCase.table(
  'kyc_status_changes',
  {
    id: id('kycStatusChange'),
    applicationId: text()
      .notNull()
      .references(() => kycApplications.id),
    version: integer().notNull(),
    fromStatus: kycStatus(),
    toStatus: kycStatus().notNull(),
    changedById: text().references(() => users.id),
    reason: text(),
    createdAt: at().notNull().defaultNow(),
  },
  (t) => [uniqueIndex('kyc_status_changes_application_id_version_key').on(t.applicationId, t.version)],
)

/** Why a reviewer was shown what queries withhold. The event of the audit trail names the row, not the reason. */
export const kycReveals = snakeCase.table(
  'kyc_reveals',
  {
    id: id('kycReveal'),
    applicationId: text()
      .notNull()
      .references(() => kycApplications.id),
    revealedToId: text()
      .notNull()
      .references(() => users.id),
    reason: text().notNull(),
    createdAt: at().notNull().defaultNow(),
  },
  (t) => [index('kyc_reveals_application_id_idx').on(t.applicationId)],
)
