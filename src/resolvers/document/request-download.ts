import type { Context } from '../../context.ts'
import { transaction } from '../../db/transaction.ts'
import { ConflictError } from '../../errors.ts'
import { documentDownloaded } from '../../events.ts'
import { authorize } from '../../permissions.ts'
import { kycDocument } from '../../storage/buckets.ts'
import { presignDownload, presignedLife } from '../../storage/presign.ts'
import { lockKycDocument } from './document.ts'

/** The very version that was checked, for whoever may see the application. Each URL is on record before it is given. */
export async function requestKycDocumentDownload(ctx: Context, input: { documentId: string }) {
  authorize(ctx.viewer, 'document:read')
  const { storage } = ctx.services
  const life = presignedLife(storage)
  const document = await transaction(ctx, async (tx) => {
    const { application, document } = await lockKycDocument(tx, ctx.viewer, input.documentId)
    authorize(ctx.viewer, 'document:read', application)
    if (document.missingAt !== null) throw new ConflictError('The file is missing in the store at present.')
    const { id: documentId, documentType, sha256 } = document
    tx.record(
      documentDownloaded(application, {
        documentId,
        documentType,
        sha256,
        expiresAt: life.expiresAt.toISOString(),
      }),
    )
    return document
  })
  const place = kycDocument({ ...document, documentId: document.id })
  return { url: await presignDownload(storage, place, document, life), expiresAt: life.expiresAt }
}
