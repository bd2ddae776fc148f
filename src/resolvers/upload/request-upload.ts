import { and, count, eq, isNull } from 'drizzle-orm'
import type { Context } from '../../context.ts'
import { users } from '../../db/schema/auth.ts'
import { uploads } from '../../db/schema/document.ts'
import { type Tx, transaction } from '../../db/transaction.ts'
import { ConflictError } from '../../errors.ts'
import { newId } from '../../ids.ts'
import { authorize } from '../../permissions.ts'
import { temporaryUpload } from '../../storage/buckets.ts'
import { presignedLife, presignUpload } from '../../storage/presign.ts'
import { assertValid } from '../input.ts'
import { type Declaration, declarationFaults, imageContentTypes } from './declaration.ts'

/** Of one user: what was announced and neither used nor swept yet, whether or not anything was sent. */
const maxPending = 20

/**
 * A URL to which the viewer may PUT the declared picture, and nothing else. No event: nobody can see an upload, and what
 * becomes of it has its own.
 */
export async function requestUpload(ctx: Context, input: Declaration) {
  authorize(ctx.viewer, 'upload:request')
  const { storage } = ctx.services
  assertValid(declarationFaults(input, { contentTypes: imageContentTypes, maxBytes: storage.settings.maxImageBytes }))
  const life = presignedLife(storage)
  const { fileName, contentType, size } = input
  const sha256 = input.sha256.toLowerCase()
  const upload = { id: newId('upload'), userId: ctx.viewer.id, fileName, contentType, size, sha256 }
  await transaction(ctx, async (tx) => {
    await assertQuota(tx, upload.userId)
    await tx.db.insert(uploads).values({ ...upload, expiresAt: life.expiresAt })
  })
  const request = await presignUpload(storage, temporaryUpload(upload), upload, life)
  return { id: upload.id, ...request, expiresAt: life.expiresAt }
}

/** The user is locked, so two requests cannot both be the last. */
async function assertQuota(tx: Tx, userId: string) {
  await tx.db.select({ id: users.id }).from(users).where(eq(users.id, userId)).for('no key update')
  const [pending] = await tx.db
    .select({ count: count() })
    .from(uploads)
    .where(and(eq(uploads.userId, userId), eq(uploads.state, 'pending'), isNull(uploads.documentId)))
  if ((pending?.count ?? 0) >= maxPending) {
    throw new ConflictError(`You have ${maxPending} uploads that nothing has used: use one of them, or wait.`)
  }
}
