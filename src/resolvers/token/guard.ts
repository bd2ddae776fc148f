import { and, eq, isNotNull } from 'drizzle-orm'
import { tokenMetadata } from '../../db/schema/token.ts'
import type { Services } from '../../services.ts'
import { keepVersion } from '../../storage/public.ts'
import { objectsOf } from './token.ts'

/**
 * The store holds what is sealed, where it has object lock. Whoever has its credentials can still lay something over an
 * object or mark it as deleted where there are versions: that goes again, and is logged.
 */
export async function guardSealedTokens(
  { db, storage, logger }: Services,
  { tokenId }: { tokenId?: string | undefined },
) {
  const sealed = await db
    .select()
    .from(tokenMetadata)
    .where(and(isNotNull(tokenMetadata.sealedAt), tokenId ? eq(tokenMetadata.id, tokenId) : undefined))
  for (const token of sealed) {
    for (const { place, versionId } of objectsOf(token)) {
      if (versionId === null) continue
      const removed = await keepVersion(storage, place, versionId)
      const { key } = place
      if (removed === null) logger.error({ tokenId: token.id, key }, 'what was sealed is not in the store')
      else if (removed > 0) logger.warn({ tokenId: token.id, key, removed }, 'what was sealed had been covered')
    }
  }
}
