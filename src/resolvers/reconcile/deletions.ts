import { and, asc, gt, isNull, lt, sql } from 'drizzle-orm'
import { objectDeletions } from '../../db/schema/document.ts'
import type { ObjectPlace } from '../../storage/buckets.ts'
import { reasonOf } from '../../storage/reason.ts'
import { deleteGivenUpObject } from '../document/erase.ts'
import type { Run } from './run.ts'

const pageSize = 100

/** Deletions that their job has not brought about in a day, however often it tried. */
export async function reconcileDeletions(run: Run) {
  const { services, options } = run
  for (let after = ''; ; ) {
    const page = await services.db
      .select({ bucket: objectDeletions.bucket, key: objectDeletions.storageKey })
      .from(objectDeletions)
      .where(
        and(
          gt(objectDeletions.storageKey, after),
          isNull(objectDeletions.deletedAt),
          lt(objectDeletions.requestedAt, sql`now() - interval '1 day'`),
        ),
      )
      .orderBy(asc(objectDeletions.storageKey))
      .limit(pageSize)
    for (const { bucket, key } of page as ObjectPlace[]) {
      const deletion = { kind: 'undeleted', bucket, subject: key } as const
      if (!options.repair) run.find({ ...deletion, outcome: 'left' })
      else {
        await deleteGivenUpObject(services, { bucket, key }).then(
          () => run.find({ ...deletion, outcome: 'deleted' }),
          (error: unknown) => run.find({ ...deletion, outcome: 'left', why: reasonOf(error) }),
        )
      }
      after = key
    }
    if (page.length < pageSize) return
  }
}
