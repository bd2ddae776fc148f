import { eq } from 'drizzle-orm'
import { kycDocuments } from '../../db/schema/document.ts'
import { kycApplications } from '../../db/schema/kyc.ts'
import { type Tx, transaction } from '../../db/transaction.ts'
import { documentFound, documentMissing } from '../../events.ts'
import type { KycDocument } from '../document/upload.ts'
import type { KycApplication } from '../kyc/application.ts'
import type { ReconcileServices } from './run.ts'

/** Nothing is approved on it, and nobody gets its file, until it is found. */
export const recordMissing = (services: ReconcileServices, document: KycDocument, state: 'missing' | 'damaged') =>
  change(services, document, async (tx, application, { id: documentId, documentType, sha256, missingAt }) => {
    if (missingAt !== null) return
    await tx.db.update(kycDocuments).set({ missingAt: new Date() }).where(eq(kycDocuments.id, documentId))
    const reason = state === 'damaged' ? 'damaged' : 'absent'
    tx.record(documentMissing(application, { documentId, documentType, sha256, reason }))
  })

/** Its bytes are there, under this version. */
export const recordFound = (services: ReconcileServices, document: KycDocument, versionId: string | null) =>
  change(services, document, async (tx, application, { id: documentId, documentType, sha256 }) => {
    await tx.db.update(kycDocuments).set({ missingAt: null, versionId }).where(eq(kycDocuments.id, documentId))
    tx.record(documentFound(application, { documentId, documentType, sha256 }))
  })

type Write = (tx: Tx, application: KycApplication, document: KycDocument) => Promise<void>

/** Under the lock of the application, as its approval is. Nothing when the document was deleted meanwhile. */
const change = (services: ReconcileServices, { id, applicationId }: KycDocument, write: Write) =>
  transaction({ services }, async (tx) => {
    const [application] = await tx.db
      .select()
      .from(kycApplications)
      .where(eq(kycApplications.id, applicationId))
      .for('no key update')
    const [document] = await tx.db.select().from(kycDocuments).where(eq(kycDocuments.id, id))
    if (application && document) await write(tx, application, document)
  })
