import { eq } from 'drizzle-orm'
import type { Context } from '../context.ts'
import { users } from '../db/schema/auth.ts'
import { authorize } from '../permissions.ts'
import { assertValid, nameFault } from './input.ts'
import { replaceAvatar, takeOverAvatar } from './upload/avatar.ts'
import { accountsTransaction, lockUser } from './user.ts'

type Input = { name?: string | null | undefined; imageUploadId?: string | null | undefined }

/** What one says of oneself: an absent field stays as it is, null clears it. The picture is an upload of one's own. */
export async function updateProfile(ctx: Context, { name, imageUploadId }: Input) {
  authorize(ctx.viewer, 'settings:own')
  const userId = ctx.viewer.id
  assertValid([name != null && nameFault('name', name)])
  const avatar = imageUploadId == null ? null : await takeOverAvatar(ctx, imageUploadId)
  await accountsTransaction(ctx, async (tx) => {
    const user = await lockUser(tx, userId)
    if (avatar || (imageUploadId === null && user.image !== null)) await replaceAvatar(tx, user, avatar)
    const given = name === undefined ? user.name : (name ?? '')
    if (given !== user.name) await tx.db.update(users).set({ name: given }).where(eq(users.id, userId))
  })
  return { userId }
}
