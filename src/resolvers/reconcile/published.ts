import { and, asc, gt, isNotNull } from 'drizzle-orm'
import { users } from '../../db/schema/auth.ts'
import { tokenMetadata } from '../../db/schema/token.ts'
import { avatar, avatarUploadOf, digestIn } from '../../storage/buckets.ts'
import { objectsOf } from '../token/token.ts'
import { type Expected, locate, unhide } from './locate.ts'
import { forEachFew, type Run } from './run.ts'

const pageSize = 100
const bucket = 'token-metadata'

/** What tokens and people show: brought back where it is only hidden. What is lost, only who published it has. */
export async function reconcilePublished(run: Run) {
  await reconcileTokens(run)
  await reconcileAvatars(run)
}

async function reconcileTokens(run: Run) {
  const { db } = run.services
  for (let after = ''; ; ) {
    const page = await db
      .select()
      .from(tokenMetadata)
      .where(gt(tokenMetadata.id, after))
      .orderBy(asc(tokenMetadata.id))
      .limit(pageSize)
    const last = page.at(-1)
    if (!last) return
    after = last.id
    const objects = page.flatMap((token) => objectsOf(token).map((object) => ({ ...object, token })))
    run.report.rows += objects.length
    await forEachFew(objects, ({ place, versionId, token }) =>
      reconcileObject(run, token.id, { place, versionId, size: null, sha256: digestIn(place.key) }),
    )
  }
}

async function reconcileAvatars(run: Run) {
  const { db } = run.services
  for (let after = ''; ; ) {
    const page = await db
      .select({ id: users.id, image: users.image })
      .from(users)
      .where(and(gt(users.id, after), isNotNull(users.image)))
      .orderBy(asc(users.id))
      .limit(pageSize)
    const last = page.at(-1)
    if (!last) return
    after = last.id
    // A picture that a provider of sign-ins named lies elsewhere.
    const own = page.flatMap(({ id, image }) => {
      const uploadId = avatarUploadOf(image ?? '')
      return uploadId ? [{ id, place: avatar(uploadId) }] : []
    })
    run.report.rows += own.length
    await forEachFew(own, ({ id, place }) =>
      reconcileObject(run, id, { place, versionId: null, size: null, sha256: null }),
    )
  }
}

async function reconcileObject(run: Run, subject: string, expected: Expected) {
  const { services, options } = run
  const located = await locate(services.storage, expected, options)
  if (located.state === 'there') return
  if (located.state !== 'hidden') return run.find({ kind: located.state, bucket, subject, outcome: 'left' })
  if (options.repair) await unhide(services.storage, expected.place, located.markers)
  run.find({ kind: 'hidden', bucket, subject, outcome: options.repair ? 'restored' : 'left' })
}
