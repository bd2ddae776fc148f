import type { kycDocuments, uploads } from '../../db/schema/document.ts'
import { ConflictError } from '../../errors.ts'

export type KycDocument = typeof kycDocuments.$inferSelect
type Upload = typeof uploads.$inferSelect
/** Of a document: the row's check lets all three be there or none. */
export type DocumentUpload = Upload & {
  [Column in 'applicationId' | 'documentType' | 'documentId']: NonNullable<Upload[Column]>
}

export const isOfDocument = (upload: Upload): upload is DocumentUpload => upload.documentId !== null

/** A store looks at a URL's expiry when its PUT begins: what began in time may arrive, and be completed, later. */
const completionGraceMs = 15 * 60_000

/** What expired before this moment cannot be completed any more. */
export const completableSince = () => new Date(Date.now() - completionGraceMs)

export function assertCompletable(upload: Upload) {
  if (upload.state === 'closed') throw new ConflictError('This upload is closed: request another.')
  if (upload.expiresAt <= completableSince()) throw new ConflictError('This upload has expired: request another.')
}
