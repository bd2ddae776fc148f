import { eq } from 'drizzle-orm'
import type { Context } from '../../context.ts'
import { kycDocuments, objectDeletions } from '../../db/schema/document.ts'
import { transaction } from '../../db/transaction.ts'
import { documentDeleted } from '../../events.ts'
import { authorize } from '../../permissions.ts'
import { kycDocument } from '../../storage/buckets.ts'
import { assertEditable, changeApplication } from '../kyc/application.ts'
import { lockKycDocument } from './document.ts'
import { eraseObject } from './erase.ts'

/** The applicant's, as long as the application is in their hands. The object follows the row, never the other way round. */
export async function deleteKycDocument(ctx: Context, input: { documentId: string }) {
  authorize(ctx.viewer, 'kyc:apply')
  const { viewer } = ctx
  return transaction(ctx, async (tx) => {
    const { application, document } = await lockKycDocument(tx, viewer, input.documentId)
    authorize(viewer, 'kyc:apply', application)
    assertEditable(application)
    const { id: documentId, applicationId, documentType, sha256 } = document
    const place = kycDocument({ applicationId, documentType, documentId })
    await tx.db.delete(kycDocuments).where(eq(kycDocuments.id, documentId))
    await tx.db
      .insert(objectDeletions)
      .values({ storageKey: place.key, bucket: place.bucket, documentId, applicationId, requestedById: viewer.id })
    await eraseObject(tx, place)
    const changed = await changeApplication(tx, application, {})
    tx.record(documentDeleted(changed, { documentId, documentType, sha256 }))
    return { deletedDocumentId: documentId, application: changed }
  })
}
