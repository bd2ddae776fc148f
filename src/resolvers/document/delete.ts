import { eq } from 'drizzle-orm'
import type { Context } from '../../context.ts'
import { kycDocuments } from '../../db/schema/document.ts'
import { transaction } from '../../db/transaction.ts'
import { documentDeleted } from '../../events.ts'
import { authorize } from '../../permissions.ts'
import { assertEditable, changeApplication } from '../kyc/application.ts'
import { lockKycDocument } from './document.ts'
import { giveUpDocument } from './erase.ts'

/** The applicant's, as long as the application is in their hands. The object follows the row, never the other way round. */
export async function deleteKycDocument(ctx: Context, input: { documentId: string }) {
  authorize(ctx.viewer, 'kyc:apply')
  const { viewer } = ctx
  return transaction(ctx, async (tx) => {
    const { application, document } = await lockKycDocument(tx, viewer, input.documentId)
    authorize(viewer, 'kyc:apply', application)
    assertEditable(application)
    const { id: documentId, applicationId, documentType, sha256 } = document
    await tx.db.delete(kycDocuments).where(eq(kycDocuments.id, documentId))
    await giveUpDocument(tx, { applicationId, documentType, documentId, requestedById: viewer.id })
    const changed = await changeApplication(tx, application, {})
    tx.record(documentDeleted(changed, { documentId, documentType, sha256 }))
    return { deletedDocumentId: documentId, application: changed }
  })
}
