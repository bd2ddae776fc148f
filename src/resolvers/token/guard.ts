import { and, eq, isNotNull } from 'drizzle-orm'
import { tokenMetadata } from '../../db/schema/token.ts'
import type { Services } from '../../services.ts'
import type { ObjectPlace } from '../../storage/buckets.ts'
import { keepVersion } from '../../storage/public.ts'
import { objectsOf } from './token.ts'

/**
 * The store holds what is sealed, where it has object lock. Whoever has its credentials can still lay something over an
 * object or mark it as deleted where there are versions: that goes again, and is logged. What the store refuses for one
 * object is tried again with the job, after all others.
 */
export async function guardSealedTokens(services: Services, { tokenId }: { tokenId?: string | undefined }) {
  const sealed = await services.db
    .select()
    .from(tokenMetadata)
    .where(and(isNotNull(tokenMetadata.sealedAt), tokenId ? eq(tokenMetadata.id, tokenId) : undefined))
  let refusal: unknown
  for (const token of sealed) {
    for (const { place, versionId } of objectsOf(token)) {
      if (versionId === null) continue
      await guardObject(services, { tokenId: token.id, place, versionId }).catch((error: unknown) => {
        refusal ??= error
      })
    }
  }
  if (refusal) throw refusal
}

type SealedObject = { tokenId: string; place: ObjectPlace; versionId: string }

async function guardObject({ storage, logger }: Services, { tokenId, place, versionId }: SealedObject) {
  const { key } = place
  try {
    const removed = await keepVersion(storage, place, versionId)
    if (removed === null) logger.error({ tokenId, key }, 'what was sealed is not in the store')
    else if (removed > 0) logger.warn({ tokenId, key, removed }, 'what was sealed had been covered')
  } catch (error) {
    logger.error({ err: error, tokenId, key }, 'the store does not let what was sealed be kept')
    throw error
  }
}
