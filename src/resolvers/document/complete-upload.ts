import { eq } from 'drizzle-orm'
import type { Context } from '../../context.ts'
import { kycDocuments, uploads } from '../../db/schema/document.ts'
import { kycApplications } from '../../db/schema/kyc.ts'
import { type Tx, transaction } from '../../db/transaction.ts'
import { AppError, ConflictError, NotFoundError } from '../../errors.ts'
import { documentAdded, documentUploadRefused } from '../../events.ts'
import { authorize } from '../../permissions.ts'
import { kycDocument, temporaryUpload } from '../../storage/buckets.ts'
import { deleteOtherVersions, putObject, readObject } from '../../storage/objects.ts'
import { assertValid } from '../input.ts'
import { assertEditable, changeApplication, lockKycApplication } from '../kyc/application.ts'
import { contentFaults } from '../upload/content.ts'
import { closeUpload } from '../upload/upload.ts'
import { eraseObject, giveUpDocument } from './erase.ts'
import { assertCompletable, type DocumentUpload, isOfDocument, type KycDocument } from './upload.ts'

/**
 * What was uploaded becomes a document when this process has read it, found it to be what was declared, and stored those
 * very bytes itself. Any number of completions of one upload make one document.
 */
export async function completeKycDocumentUpload(ctx: Context, input: { uploadId: string }): Promise<KycDocument> {
  authorize(ctx.viewer, 'kyc:apply')
  const { storage, db } = ctx.services
  return storage.turns(async () => {
    const upload = await findUpload(ctx, input.uploadId)
    if (upload.state === 'completed') return documentOf(db, upload)
    assertCompletable(upload)
    const found = await readObject(storage, temporaryUpload(upload), { maxBytes: upload.size })
    if (!found) throw new ConflictError('Nothing was uploaded yet: PUT the bytes first.')
    try {
      await assertApplicationEditable(ctx, upload.applicationId)
      assertValid(await contentFaults(upload, found))
      return await store(ctx, upload, found.bytes!)
    } catch (error) {
      await abandon(ctx, upload, error)
      throw error
    }
  })
}

async function findUpload({ viewer, services }: Context, id: string): Promise<DocumentUpload> {
  const [upload] = await services.db.select().from(uploads).where(eq(uploads.id, id))
  const isOwn = viewer.kind === 'user' && upload?.userId === viewer.id
  if (!upload || !isOwn || !isOfDocument(upload)) throw new NotFoundError('The upload')
  return upload
}

/** Before anything is stored. The transaction asks again. */
async function assertApplicationEditable({ services }: Context, applicationId: string) {
  const [application] = await services.db.select().from(kycApplications).where(eq(kycApplications.id, applicationId))
  if (!application) throw new NotFoundError('The application')
  assertEditable(application)
}

/** First the object, then the row: a row means that its object is there. */
async function store(ctx: Context, upload: DocumentUpload, bytes: Buffer): Promise<KycDocument> {
  const { storage, logger } = ctx.services
  const place = kycDocument(upload)
  const { versionId } = await putObject(storage, place, { bytes, contentType: upload.contentType })
  const document = await transaction(ctx, (tx) => addDocument(tx, ctx, upload, versionId))
  // What a completion stored that was not the first, or that ended in between. Whoever comes later looks again.
  if (document.versionId !== null) {
    await deleteOtherVersions(storage, place, document.versionId).catch((error: unknown) =>
      logger.warn({ err: error, documentId: document.id }, 'surplus versions of a document may be left'),
    )
  }
  return document
}

async function addDocument(tx: Tx, { viewer }: Context, upload: DocumentUpload, versionId: string | null) {
  const application = await lockKycApplication(tx, viewer, upload.applicationId)
  authorize(viewer, 'kyc:apply', application)
  const { state } = await lockUpload(tx, upload.id)
  if (state === 'completed') return documentOf(tx.db, upload)
  assertEditable(application)
  assertCompletable({ ...upload, state })
  const { documentId, applicationId, documentType, fileName, contentType, size, sha256 } = upload
  const [document] = await tx.db
    .insert(kycDocuments)
    .values({
      id: documentId,
      applicationId,
      uploadId: upload.id,
      uploadedById: viewer.id,
      documentType,
      fileName,
      contentType,
      size,
      sha256,
      storageKey: kycDocument(upload).key,
      versionId,
    })
    .returning()
  await tx.db.update(uploads).set({ state: 'completed' }).where(eq(uploads.id, upload.id))
  await eraseObject(tx, temporaryUpload(upload))
  const changed = await changeApplication(tx, application, {})
  tx.record(documentAdded(changed, { documentId, documentType, sha256, size }))
  return document!
}

async function findDocument(db: Tx['db'], upload: DocumentUpload) {
  const [document] = await db.select().from(kycDocuments).where(eq(kycDocuments.uploadId, upload.id))
  return document
}

async function documentOf(db: Tx['db'], upload: DocumentUpload): Promise<KycDocument> {
  const document = await findDocument(db, upload)
  if (!document) throw new ConflictError('The document of this upload was deleted.')
  return document
}

async function lockUpload(tx: Tx, id: string) {
  const [upload] = await tx.db.select().from(uploads).where(eq(uploads.id, id)).for('update')
  if (!upload) throw new NotFoundError('The upload')
  return upload
}

/** Trying again would end in the same way. After anything else (no store, no database) it may end better. */
const isFinal = (error: unknown): error is AppError =>
  error instanceof AppError && (error.code === 'CONFLICT' || error.code === 'BAD_USER_INPUT')

/**
 * A completion that failed leaves no object that nobody knows of, even when it was overtaken by another completion and by
 * the deletion of its document. What is still pending may be completed later, or is the sweeper's.
 */
async function abandon(ctx: Context, upload: DocumentUpload, error: unknown) {
  const closing = transaction(ctx, async (tx) => {
    const application = await lockKycApplication(tx, ctx.viewer, upload.applicationId)
    const { state } = await lockUpload(tx, upload.id)
    if (state === 'pending') {
      if (!isFinal(error)) return
      const { id: uploadId, documentId, documentType } = upload
      const reason = error.code === 'BAD_USER_INPUT' ? 'content' : 'closed'
      tx.record(documentUploadRefused(application, { uploadId, documentId, documentType, reason }))
    }
    if (state !== 'completed') await closeUpload(tx, upload)
    else if (!(await findDocument(tx.db, upload))) await giveUpDocument(tx, upload)
  })
  await closing.catch((error: unknown) =>
    ctx.services.logger.warn({ err: error, uploadId: upload.id }, 'an upload was left to the sweeper'),
  )
}
