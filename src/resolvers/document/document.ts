import { and, eq, sql } from 'drizzle-orm'
import { kycDocuments } from '../../db/schema/document.ts'
import type { Tx } from '../../db/transaction.ts'
import { NotFoundError } from '../../errors.ts'
import { seesPersonalData, type Viewer } from '../../permissions.ts'
import { lockKycApplication, ofVisibleKycApplication } from '../kyc/application.ts'

/** Documents are seen by the people who see their application. */
export const visibleKycDocuments = (viewer: Viewer) => (document: typeof kycDocuments) =>
  seesPersonalData(viewer) ? ofVisibleKycApplication(viewer)(document) : sql`false`

/**
 * A document and its application, locked. The one way to a document for every use case: NOT_FOUND, in the same words,
 * whether there is none or the viewer may not see it.
 */
export async function lockKycDocument(tx: Tx, viewer: Viewer, id: string) {
  const visible = and(eq(kycDocuments.id, id), visibleKycDocuments(viewer)(kycDocuments))
  const [seen] = await tx.db.select({ applicationId: kycDocuments.applicationId }).from(kycDocuments).where(visible)
  if (!seen) throw new NotFoundError('The document')
  const application = await lockKycApplication(tx, viewer, seen.applicationId)
  // Looked at again under the lock: it may have been deleted while we waited.
  const [document] = await tx.db.select().from(kycDocuments).where(eq(kycDocuments.id, id))
  if (!document) throw new NotFoundError('The document')
  return { application, document }
}
