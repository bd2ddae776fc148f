import { and, eq, isNull, lt, or, sql } from 'drizzle-orm'
import { kycDocuments, objectDeletions } from '../../db/schema/document.ts'
import { type Tx, transaction } from '../../db/transaction.ts'
import type { Services } from '../../services.ts'
import { kycDocument, type ObjectPlace } from '../../storage/buckets.ts'
import { deleteObject } from '../../storage/objects.ts'

/** An object that the transaction gives up goes after its commit, by a job that is tried until it succeeds. */
export const eraseObject = (tx: Tx, { bucket, key }: ObjectPlace) =>
  tx.addJob('object.delete', { bucket, key }, `object.delete:${bucket}/${key}`)

type GivenUp = Parameters<typeof kycDocument>[0] & { requestedById?: string }

/**
 * A key of a document under which nothing may ever be again: its deletion, and the tombstone that says so. Only when no
 * completion can commit any more, else the deletion could take the object of a document that has just come to be.
 *
 * A completion that is slow, or that dies between its PUT and its transaction, may store its object after the deletion.
 * One that lives gives the key up again. For one that does not, the tombstone itself is the note in PostgreSQL: it is not
 * done before a deletion succeeded that was later than any completion can be, whatever happened to jobs and processes.
 */
export async function giveUpDocument(tx: Tx, { requestedById, ...document }: GivenUp) {
  const { bucket, key } = kycDocument(document)
  const { documentId, applicationId } = document
  await tx.db
    .insert(objectDeletions)
    .values({ storageKey: key, bucket, documentId, applicationId, requestedById: requestedById ?? null })
    .onConflictDoUpdate({ target: objectDeletions.storageKey, set: { requestedAt: sql`now()`, deletedAt: null } })
  await eraseObject(tx, { bucket, key })
}

/**
 * Removes every version of an object and closes its tombstone. Any number of times, from wherever an earlier try ended.
 * The object of a document that is there is never touched.
 */
export async function deleteGivenUpObject(
  { db, storage, logger }: Pick<Services, 'db' | 'storage' | 'logger'>,
  place: ObjectPlace,
) {
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
    .set({
      deletedAt: sql`now()`,
      deletedVersions: sql`coalesce(${objectDeletions.deletedVersions}, 0) + ${deletedVersions}`,
    })
    .where(eq(objectDeletions.storageKey, place.key))
}

/** Far longer than a completion takes: its turn, a read, a PUT and a transaction are all bounded, by minutes together. */
const settledAfter = sql`interval '1 hour'`

/**
 * A job gives up after days of failures. Its tombstone does not: what is still open gets its job again, and so does what
 * was deleted so early that a completion may have stored it once more.
 */
export function eraseForgottenObjects(services: Services) {
  return transaction({ services }, async (tx) => {
    const open = await tx.db
      .select({ bucket: objectDeletions.bucket, key: objectDeletions.storageKey })
      .from(objectDeletions)
      .where(
        and(
          lt(objectDeletions.requestedAt, sql`now() - ${settledAfter}`),
          or(
            isNull(objectDeletions.deletedAt),
            lt(objectDeletions.deletedAt, sql`${objectDeletions.requestedAt} + ${settledAfter}`),
          ),
        ),
      )
    for (const { bucket, key } of open) await eraseObject(tx, { bucket: bucket as ObjectPlace['bucket'], key })
  })
}
