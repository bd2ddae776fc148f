import { and, eq, inArray, lt, ne, not, sql } from 'drizzle-orm'
import { users } from '../../db/schema/auth.ts'
import { uploads } from '../../db/schema/document.ts'
import { transaction } from '../../db/transaction.ts'
import type { Services } from '../../services.ts'
import { avatar, avatarUploadOf, uploadIdOf } from '../../storage/buckets.ts'
import { deleteObject, listObjects } from '../../storage/objects.ts'
import { closeUpload } from './upload.ts'

const dayMs = 86_400_000
const batchSize = 100

/**
 * Uploads that nothing took over, and whatever else lies in `user-uploads`, are gone after the retention. So are pictures
 * that were stored for a user and are not theirs, or not any more.
 */
export async function sweepUploads(services: Services, now = Date.now()) {
  const before = new Date(now - services.storage.settings.uploadRetentionDays * dayMs)
  await closeForgottenUploads(services, before)
  await deleteLeftObjects(services, before)
  await deleteLeftAvatars(services)
}

async function closeForgottenUploads(services: Services, before: Date) {
  for (let closed = batchSize; closed === batchSize; ) {
    closed = await transaction({ services }, async (tx) => {
      const forgotten = await tx.db
        .select()
        .from(uploads)
        .where(and(eq(uploads.state, 'pending'), lt(uploads.expiresAt, before)))
        .orderBy(uploads.expiresAt)
        .limit(batchSize)
        .for('update', { skipLocked: true })
      for (const upload of forgotten) await closeUpload(tx, upload)
      return forgotten.length
    })
  }
}

/** A URL outlives its upload, so one that is closed or completed may have been written again. Only what is pending stays. */
async function deleteLeftObjects({ db, storage }: Services, before: Date) {
  for await (const page of listObjects(storage, 'user-uploads')) {
    const old = page.filter(({ modifiedAt }) => modifiedAt && modifiedAt < before)
    const ids = old.flatMap(({ key }) => uploadIdOf(key) ?? [])
    const rows =
      ids.length > 0
        ? await db
            .select({ id: uploads.id })
            .from(uploads)
            .where(and(inArray(uploads.id, ids), eq(uploads.state, 'pending')))
        : []
    const pending = new Set(rows.map(({ id }) => id))
    for (const { key } of old) {
      if (!pending.has(uploadIdOf(key) ?? '')) await deleteObject(storage, { bucket: 'user-uploads', key })
    }
  }
}

/**
 * Of a process that died between a picture and its row. As long as its upload is pending it may still become somebody's;
 * one whose upload we do not know is another database's, or the reconciler's, which looks at how many they are.
 */
async function deleteLeftAvatars({ db, storage }: Services) {
  for await (const page of listObjects(storage, 'token-metadata', avatar('').key)) {
    const ids = page.flatMap(({ key }) => avatarUploadOf(key) ?? [])
    if (ids.length === 0) continue
    const isShown = sql`coalesce(${users.image} like '%/avatars/' || ${uploads.id}, false)`
    const left = await db
      .select({ id: uploads.id })
      .from(uploads)
      .innerJoin(users, eq(users.id, uploads.userId))
      .where(and(inArray(uploads.id, ids), ne(uploads.state, 'pending'), not(isShown)))
    for (const { id } of left) await deleteObject(storage, avatar(id))
  }
}
