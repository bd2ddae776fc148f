import { eq } from 'drizzle-orm'
import type { Context } from '../../context.ts'
import { tokenMetadata } from '../../db/schema/token.ts'
import { transaction } from '../../db/transaction.ts'
import { ConflictError, NotFoundError } from '../../errors.ts'
import { tokenSealed } from '../../events.ts'
import { authorize } from '../../permissions.ts'
import { digestIn } from '../../storage/buckets.ts'
import type { Storage } from '../../storage/index.ts'
import { digestOf } from '../../storage/versions.ts'
import {
  assertUnsealed,
  type Contract,
  digestsOf,
  findToken,
  lockToken,
  objectsOf,
  type TokenMetadata,
} from './token.ts'

/**
 * For ever, so what is sealed is looked at before: every object is there and has the bytes that its name says. The
 * database lets nobody change the row from here on; a job has the store hold the objects.
 */
export async function sealTokenMetadata(ctx: Context, given: Contract): Promise<TokenMetadata> {
  authorize(ctx.viewer, 'token:publish')
  const { db, storage } = ctx.services
  const contract = { chainId: given.chainId, address: given.address.toLowerCase() }
  const seen = await findToken(db, contract)
  if (!seen) throw new NotFoundError('The metadata of this token')
  assertUnsealed(seen)
  await assertStored(storage, seen)
  return transaction(ctx, async (tx) => {
    const token = await lockToken(tx, contract)
    if (!token) throw new NotFoundError('The metadata of this token')
    assertUnsealed(token)
    if (token.version !== seen.version) {
      throw new ConflictError('The metadata has just been published again: look at it before you seal it.')
    }
    const [sealed] = await tx.db
      .update(tokenMetadata)
      .set({ sealedAt: new Date(), version: token.version + 1 })
      .where(eq(tokenMetadata.id, token.id))
      .returning()
    await tx.addJob('token.guard', { tokenId: token.id }, `token.guard:${token.id}`)
    tx.record(tokenSealed(sealed!, digestsOf(sealed!)))
    return sealed!
  })
}

async function assertStored(storage: Storage, token: TokenMetadata) {
  for (const { place, versionId } of objectsOf(token)) {
    if ((await digestOf(storage, place, versionId)) !== digestIn(place.key)) {
      throw new ConflictError('What was published is not in the store any more: publish it again before you seal it.')
    }
  }
}
