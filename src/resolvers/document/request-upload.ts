import { and, count, eq, gt, sum } from 'drizzle-orm'
import type { Context } from '../../context.ts'
import { type KycDocumentType, kycDocuments, uploads } from '../../db/schema/document.ts'
import { type Tx, transaction } from '../../db/transaction.ts'
import { ConflictError } from '../../errors.ts'
import { documentUploadRequested } from '../../events.ts'
import { newId } from '../../ids.ts'
import { authorize } from '../../permissions.ts'
import { temporaryUpload } from '../../storage/buckets.ts'
import { presignedLife, presignUpload } from '../../storage/presign.ts'
import { assertValid } from '../input.ts'
import { assertEditable, lockKycApplication } from '../kyc/application.ts'
import { type Declaration, declarationFaults, documentContentTypes } from '../upload/declaration.ts'
import { completableSince } from './upload.ts'

type Input = Declaration & { applicationId: string; documentType: KycDocumentType }

/** A URL to which the applicant may PUT the declared bytes, and nothing else, while the application may change. */
export async function requestKycDocumentUpload(ctx: Context, input: Input) {
  authorize(ctx.viewer, 'kyc:apply')
  const { storage } = ctx.services
  const { maxDocumentBytes, maxDocumentsPerApplication } = storage.settings
  assertValid(declarationFaults(input, { contentTypes: documentContentTypes, maxBytes: maxDocumentBytes }))
  const life = presignedLife(storage)
  const upload = {
    ...input,
    id: newId('upload'),
    documentId: newId('kycDocument'),
    userId: ctx.viewer.id,
    sha256: input.sha256.toLowerCase(),
  }
  await transaction(ctx, async (tx) => {
    const application = await lockKycApplication(tx, ctx.viewer, input.applicationId)
    authorize(ctx.viewer, 'kyc:apply', application)
    assertEditable(application)
    await assertQuota(tx, upload, maxDocumentsPerApplication)
    await tx.db.insert(uploads).values({ ...upload, expiresAt: life.expiresAt })
    const { id: uploadId, documentId, documentType, size } = upload
    tx.record(documentUploadRequested(application, { uploadId, documentId, documentType, size }))
  })
  const request = await presignUpload(storage, temporaryUpload(upload), upload, life)
  return { id: upload.id, ...request, expiresAt: life.expiresAt }
}

const maxApplicationBytes = 50 * 1024 * 1024

/** Counts what is there and what may still come: the application is locked, so two requests cannot both be the last. */
async function assertQuota(tx: Tx, { applicationId, size }: { applicationId: string; size: number }, max: number) {
  const ofApplication = async (table: typeof kycDocuments | typeof uploads, where: Parameters<typeof and>) => {
    const [found] = await tx.db
      .select({ count: count(), bytes: sum(table.size).mapWith(Number) })
      .from(table)
      .where(and(eq(table.applicationId, applicationId), ...where))
    return { count: found?.count ?? 0, bytes: found?.bytes ?? 0 }
  }
  const documents = await ofApplication(kycDocuments, [])
  const pending = await ofApplication(uploads, [
    eq(uploads.state, 'pending'),
    gt(uploads.expiresAt, completableSince()),
  ])
  if (documents.count + pending.count >= max) {
    throw new ConflictError(
      `An application has at most ${max} documents: ${documents.count} are there, ${pending.count} on their way.`,
    )
  }
  if (documents.bytes + pending.bytes + size > maxApplicationBytes) {
    throw new ConflictError(`The documents of an application have at most ${maxApplicationBytes} bytes together.`)
  }
}
