import { and, eq, isNull } from 'drizzle-orm'
import type { Context } from '../../context.ts'
import { uploads } from '../../db/schema/document.ts'
import { type Tx, transaction } from '../../db/transaction.ts'
import { BadUserInputError, ConflictError, NotFoundError } from '../../errors.ts'
import type { UserViewer } from '../../permissions.ts'
import { temporaryUpload } from '../../storage/buckets.ts'
import { readObject } from '../../storage/objects.ts'
import { contentFaults } from '../document/content.ts'
import { assertCompletable, closeUpload } from '../document/upload.ts'

export type Upload = typeof uploads.$inferSelect

export const usedAlready = 'This upload was used already, or is closed: request another.'

/** An upload of one's own that is not of a document: NOT_FOUND, in the same words, if it is not there or not theirs. */
export async function findOwnUpload({ services }: Context, viewer: UserViewer, id: string): Promise<Upload> {
  const own = and(eq(uploads.id, id), eq(uploads.userId, viewer.id), isNull(uploads.documentId))
  const [upload] = await services.db.select().from(uploads).where(own)
  if (!upload) throw new NotFoundError('The upload')
  return upload
}

/**
 * What was uploaded, read and found to be what was declared. What is not is refused under the path of the input, and
 * closes the upload. Within a turn of `storage.turns`: the bytes are in memory.
 */
export async function readUpload(ctx: Context, upload: Upload, path: string): Promise<Buffer> {
  if (upload.state === 'completed') throw new ConflictError(usedAlready)
  assertCompletable(upload)
  const found = await readObject(ctx.services.storage, temporaryUpload(upload), { maxBytes: upload.size })
  if (!found) throw new ConflictError('Nothing was uploaded yet: PUT the bytes first.')
  const faults = (await contentFaults(upload, found)).flatMap((fault) => fault?.message ?? [])
  if (!found.bytes || faults.length > 0) {
    await transaction(ctx, (tx) => closeUpload(tx, upload))
    throw new BadUserInputError(faults.map((message) => ({ path, message })))
  }
  return found.bytes
}

/** Whoever takes an upload over does it here, in the transaction of what it becomes: CONFLICT for the second. */
export async function completeUpload(tx: Tx, upload: Pick<Upload, 'id'>) {
  const [completed] = await tx.db
    .update(uploads)
    .set({ state: 'completed' })
    .where(and(eq(uploads.id, upload.id), eq(uploads.state, 'pending')))
    .returning()
  if (!completed) throw new ConflictError(usedAlready)
  return completed
}
