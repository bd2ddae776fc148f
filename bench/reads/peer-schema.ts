import { defineRelations } from 'drizzle-orm'
import { bigint, boolean, integer, numeric, pgEnum, snakeCase, text, timestamp } from 'drizzle-orm/pg-core'

/** The tables as a peer with drizzle describes them: the columns that the workloads take. */
const at = () => timestamp({ withTimezone: true, mode: 'date', precision: 3 })
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
export const kycDocumentType = pgEnum('kyc_document_type', ['id_front', 'id_back', 'selfie', 'proof_of_address'])
export const userRoles = ['investor', 'compliance', 'admin'] as const

export const users = snakeCase.table('users', {
  id: text().primaryKey(),
  email: text().notNull(),
  emailVerified: boolean().notNull(),
  name: text().notNull(),
  role: text({ enum: userRoles }).notNull(),
  twoFactorEnabled: boolean().notNull(),
  banned: boolean().notNull(),
  createdAt: at().notNull(),
  updatedAt: at().notNull(),
})

export const kycApplications = snakeCase.table('kyc_applications', {
  id: text().primaryKey(),
  version: integer().notNull(),
  userId: text().notNull(),
  status: kycStatus().notNull(),
  firstName: text(),
  lastName: text(),
  nationality: text(),
  submittedAt: at(),
  createdAt: at().notNull(),
})

export const kycDocuments = snakeCase.table('kyc_documents', {
  id: text().primaryKey(),
  applicationId: text().notNull(),
  documentType: kycDocumentType().notNull(),
  fileName: text().notNull(),
  contentType: text().notNull(),
  size: bigint({ mode: 'number' }).notNull(),
  uploadedAt: at().notNull(),
})

export const kycStatusChanges = snakeCase.table('kyc_status_changes', {
  id: text().primaryKey(),
  applicationId: text().notNull(),
  version: integer().notNull(),
  fromStatus: kycStatus(),
  toStatus: kycStatus().notNull(),
  reason: text(),
  createdAt: at().notNull(),
})

export const exchangeRates = snakeCase.table('exchange_rates', {
  base: text().notNull(),
  quote: text().notNull(),
  source: text().notNull(),
  rate: numeric({ precision: 20, scale: 10 }).notNull(),
  asOf: at().notNull(),
  fetchedAt: at().notNull(),
  expiresAt: at().notNull(),
})

export const relations = defineRelations(
  { users, kycApplications, kycDocuments, kycStatusChanges, exchangeRates },
  (r) => ({
    kycApplications: {
      user: r.one.users({ from: r.kycApplications.userId, to: r.users.id, optional: false }),
      documents: r.many.kycDocuments({ from: r.kycApplications.id, to: r.kycDocuments.applicationId }),
      statusHistory: r.many.kycStatusChanges({ from: r.kycApplications.id, to: r.kycStatusChanges.applicationId }),
    },
  }),
)

/** Names in GraphQL to values in PostgreSQL. */
export const enumValuesOf = (values: readonly string[]) =>
  Object.fromEntries(values.map((value) => [value.toUpperCase(), value]))
