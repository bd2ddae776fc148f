import { and, eq, isNull, lt } from 'drizzle-orm'
import { kycDocuments, objectDeletions } from '../../db/schema/document.ts'
import { type Tx, transaction } from '../../db/transaction.ts'
import type { Services } from '../../services.ts'
import type { ObjectPlace } from '../../storage/buckets.ts'
import { deleteObject } from '../../storage/objects.ts'

/** An object that the transaction gives up goes after its commit, by a job that is tried until it succeeds. */
export const eraseObject = (tx: Tx, { bucket, key }: ObjectPlace) =>
  tx.addJob('object.delete', { bucket, key }, `object.delete:${bucket}/${key}`)

/**
 * Removes every version of an object and closes its tombstone. Any number of times, from wherever an earlier try ended.
 * The object of a document that is there is never touched.
 */
export async function deleteGivenUpObject({ db, storage, logger }: Services, place: ObjectPlace) {
  const [document] = await db
    .select({ id: kycDocuments.id })
    .from(kycDocuments)
    .where(eq(kycDocuments.storageKey, place.key))
  if (document) {
    logger.error({ documentId: document.id }, 'the object of a document was to be deleted, and was not')
    return
  }
  const deletedVersions = await deleteObject(storage, place)
  await db
    .update(objectDeletions)
    .set({ deletedAt: new Date(), deletedVersions })
    .where(and(eq(objectDeletions.storageKey, place.key), isNull(objectDeletions.deletedAt)))
}

const forgottenAfterMs = 3_600_000

/** A job gives up after days of failures. Its tombstone does not: what is still open gets its job again. */
export function eraseForgottenObjects(services: Services) {
  return transaction({ services }, async (tx) => {
    const open = await tx.db
      .select({ bucket: objectDeletions.bucket, key: objectDeletions.storageKey })
      .from(objectDeletions)
      .where(
        and(
          isNull(objectDeletions.deletedAt),
          lt(objectDeletions.requestedAt, new Date(Date.now() - forgottenAfterMs)),
        ),
      )
    for (const { bucket, key } of open) await eraseObject(tx, { bucket: bucket as ObjectPlace['bucket'], key })
  })
}
