import { and, eq, isNull } from 'drizzle-orm'
import type { Context } from '../../context.ts'
import { uploads } from '../../db/schema/document.ts'
import { type Tx, transaction } from '../../db/transaction.ts'
import { BadUserInputError, ConflictError, NotFoundError } from '../../errors.ts'
import type { UserViewer } from '../../permissions.ts'
import { temporaryUpload } from '../../storage/buckets.ts'
import type { Storage } from '../../storage/index.ts'
import { readObject } from '../../storage/objects.ts'
import { eraseObject, giveUpDocument } from '../document/erase.ts'
import { isOfDocument } from '../document/upload.ts'
import { contentFaults } from './content.ts'

export type Upload = typeof uploads.$inferSelect

const dayMs = 86_400_000

export const usedAlready = 'This upload was used already: request another.'

/** An upload of one's own that is not of a document: NOT_FOUND, in the same words, if it is not there or not theirs. */
export async function findOwnUpload({ services }: Context, viewer: UserViewer, id: string): Promise<Upload> {
  const own = and(eq(uploads.id, id), eq(uploads.userId, viewer.id), isNull(uploads.documentId))
  const [upload] = await services.db.select().from(uploads).where(own)
  if (!upload) throw new NotFoundError('The upload')
  return upload
}

/** Its URL takes bytes for minutes; what was sent can be used until the sweeper may have taken it. */
function assertUsable(upload: Upload, { settings }: Storage) {
  if (upload.state === 'completed') throw new ConflictError(usedAlready)
  if (upload.state === 'closed') throw new ConflictError('This upload is closed: request another.')
  if (upload.expiresAt.getTime() + settings.uploadRetentionDays * dayMs <= Date.now()) {
    throw new ConflictError('This upload has expired: request another.')
  }
}

/**
 * What was uploaded, read and found to be what was declared. What is not is refused under the path of the input, and
 * closes the upload. Within a turn of `storage.turns`: the bytes are in memory.
 */
export async function readUpload(ctx: Context, upload: Upload, path: string): Promise<Buffer> {
  const { storage } = ctx.services
  assertUsable(upload, storage)
  const found = await readObject(storage, temporaryUpload(upload), { maxBytes: upload.size })
  if (!found) throw new ConflictError('Nothing was uploaded yet: PUT the bytes first.')
  const faults = (await contentFaults(upload, found)).flatMap((fault) => fault?.message ?? [])
  if (!found.bytes || faults.length > 0) {
    await transaction(ctx, (tx) => closeUpload(tx, upload))
    throw new BadUserInputError(faults.map((message) => ({ path, message })))
  }
  return found.bytes
}

/** Whoever takes an upload over does it here, in the transaction of what it becomes: CONFLICT for the second. */
export async function completeUpload(tx: Tx, { id }: Pick<Upload, 'id'>) {
  const [completed] = await tx.db
    .update(uploads)
    .set({ state: 'completed' })
    .where(and(eq(uploads.id, id), eq(uploads.state, 'pending')))
    .returning()
  if (!completed) throw new ConflictError(usedAlready)
  await eraseObject(tx, temporaryUpload(completed))
}

/**
 * Closed in the database first: a completion commits only from `pending`, so that whatever the upload has in the store
 * is nobody's from here on. Done again when it is closed already, since a late completion may have stored its object.
 */
export async function closeUpload(tx: Tx, upload: Upload) {
  await tx.db
    .update(uploads)
    .set({ state: 'closed' })
    .where(and(eq(uploads.id, upload.id), eq(uploads.state, 'pending')))
  await eraseObject(tx, temporaryUpload(upload))
  if (isOfDocument(upload)) await giveUpDocument(tx, upload)
}
