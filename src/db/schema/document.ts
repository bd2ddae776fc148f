import { sql } from 'drizzle-orm'
import { bigint, check, index, integer, pgEnum, snakeCase, text } from 'drizzle-orm/pg-core'
import { at, id } from '../columns.ts'
import { users } from './auth.ts'
import { kycApplications } from './kyc.ts'

export const kycDocumentType = pgEnum('kyc_document_type', ['id_front', 'id_back', 'selfie', 'proof_of_address'])
export type KycDocumentType = (typeof kycDocumentType.enumValues)[number]
export const uploadState = pgEnum('upload_state', ['pending', 'completed', 'closed'])

/** What a client said it would send. A completion commits only from `pending`; the sweeper closes first, then deletes. */
export const uploads = snakeCase.table(
  'uploads',
  {
    id: id('upload'),
    userId: text()
      .notNull()
      .references(() => users.id),
    applicationId: text().references(() => kycApplications.id),
    documentType: kycDocumentType(),
    /** Of the document that a completion will make: fixed now, so that its object's key is. */
    documentId: text().unique(),
    fileName: text().notNull(),
    contentType: text().notNull(),
    size: bigint({ mode: 'number' }).notNull(),
    sha256: text().notNull(),
    state: uploadState().notNull().default('pending'),
    expiresAt: at().notNull(),
    createdAt: at().notNull().defaultNow(),
  },
  (t) => [
    index('uploads_user_id_idx').on(t.userId),
    index('uploads_application_id_idx').on(t.applicationId).where(sql`${t.state} = 'pending'`),
    index('uploads_expires_at_idx').on(t.expiresAt).where(sql`${t.state} = 'pending'`),
    check('uploads_size', sql`${t.size} > 0`),
    check('uploads_sha256', sql`${t.sha256} ~ '^[0-9a-f]{64}$'`),
    check('uploads_kyc_document', sql`num_nulls(${t.applicationId}, ${t.documentType}, ${t.documentId}) in (0, 3)`),
  ],
)

/** A row means that the object was read, checked and stored under `storageKey`. Deleting one leaves an `objectDeletions`. */
export const kycDocuments = snakeCase.table(
  'kyc_documents',
  {
    id: id('kycDocument'),
    applicationId: text()
      .notNull()
      .references(() => kycApplications.id),
    uploadId: text()
      .notNull()
      .unique()
      .references(() => uploads.id),
    uploadedById: text()
      .notNull()
      .references(() => users.id),
    documentType: kycDocumentType().notNull(),
    fileName: text().notNull(),
    contentType: text().notNull(),
    size: bigint({ mode: 'number' }).notNull(),
    sha256: text().notNull(),
    storageKey: text().notNull().unique(),
    /** The store's version of the object; null where a store keeps none. */
    versionId: text(),
    /** Set when the object was found gone: approval is refused until it is back. */
    missingAt: at(),
    uploadedAt: at().notNull().defaultNow(),
  },
  (t) => [
    index('kyc_documents_application_id_idx').on(t.applicationId, t.uploadedAt, t.id),
    check('kyc_documents_size', sql`${t.size} > 0`),
    check('kyc_documents_sha256', sql`${t.sha256} ~ '^[0-9a-f]{64}$'`),
  ],
)

/** Tombstones: objects that a committed change gave up. A job deletes every version, checks that it is gone and closes the row. */
export const objectDeletions = snakeCase.table(
  'object_deletions',
  {
    storageKey: text().primaryKey(),
    bucket: text().notNull(),
    documentId: text(),
    applicationId: text().references(() => kycApplications.id),
    requestedById: text().references(() => users.id),
    requestedAt: at().notNull().defaultNow(),
    deletedAt: at(),
    deletedVersions: integer(),
  },
  (t) => [index('object_deletions_open_idx').on(t.requestedAt).where(sql`${t.deletedAt} is null`)],
)
