import { eq } from 'drizzle-orm'
import type { Context } from '../../context.ts'
import { users } from '../../db/schema/auth.ts'
import { uploads } from '../../db/schema/document.ts'
import type { Tx } from '../../db/transaction.ts'
import { ConflictError } from '../../errors.ts'
import { authorize } from '../../permissions.ts'
import { avatar, avatarUploadOf } from '../../storage/buckets.ts'
import type { Storage } from '../../storage/index.ts'
import { deleteObject } from '../../storage/objects.ts'
import { publicUrl, putPublicObject } from '../../storage/public.ts'
import { eraseObject } from '../document/erase.ts'
import { completeUpload, findOwnUpload, readUpload, usedAlready } from './upload.ts'

/** A picture that lies in the public bucket, and the address to show it by. */
export type Avatar = { uploadId: string; url: string }

/** The address of a user's picture at the store of today: the one in the row is of the day it was written. */
export function imageUrl(storage: Storage, image: string | null): string | null {
  const uploadId = image === null ? null : avatarUploadOf(image)
  return uploadId ? publicUrl(storage, avatar(uploadId)) : image
}

/**
 * Reads an upload of one's own, checks it and publishes it: before the transaction in which `replaceAvatar` makes it the
 * user's. NOT_FOUND for what is not one's own, CONFLICT for what was used, expired or not sent yet. The picture that one
 * has already is taken as it is, so that a call may be sent again.
 */
export async function takeOverAvatar(ctx: Context, uploadId: string): Promise<Avatar> {
  const { viewer, services } = ctx
  authorize(viewer, 'upload:request')
  const { storage, db } = services
  const place = avatar(uploadId)
  const taken = { uploadId, url: publicUrl(storage, place) }
  return storage.turns(async () => {
    const upload = await findOwnUpload(ctx, viewer, uploadId)
    const isCurrent = async () => {
      const [user] = await db.select({ image: users.image }).from(users).where(eq(users.id, viewer.id))
      return user?.image != null && avatarUploadOf(user.image) === uploadId
    }
    const bytes = await readUpload(ctx, upload, 'imageUploadId').catch(async (error: unknown) => {
      // Of the same call, sent twice at once, the other one was here before.
      if (error instanceof ConflictError && (await isCurrent())) return null
      throw error
    })
    if (!bytes) return taken
    await putPublicObject(storage, place, { bytes, contentType: upload.contentType })
    // Another call may have used the upload, and a third one replaced that picture, while this one stored its bytes.
    const { state } = await findOwnUpload(ctx, viewer, uploadId)
    if (state !== 'pending' && !(await isCurrent())) {
      await deleteObject(storage, place)
      throw new ConflictError(usedAlready)
    }
    return taken
  })
}

/**
 * Gives a user another picture, or none. The user is locked by the caller. What they had goes with the commit, if it was
 * their own upload: an address that they got elsewhere is nobody's object.
 */
export async function replaceAvatar(tx: Tx, user: { id: string; image: string | null }, next: Avatar | null) {
  const before = user.image === null ? null : avatarUploadOf(user.image)
  if (next && before === next.uploadId) return
  if (next) await completeUpload(tx, { id: next.uploadId })
  await tx.db
    .update(users)
    .set({ image: next?.url ?? null })
    .where(eq(users.id, user.id))
  if (before && (await isOwn(tx, user.id, before))) await eraseObject(tx, avatar(before))
}

async function isOwn(tx: Tx, userId: string, uploadId: string) {
  const [upload] = await tx.db.select({ userId: uploads.userId }).from(uploads).where(eq(uploads.id, uploadId))
  return upload?.userId === userId
}
