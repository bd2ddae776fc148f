import { and, asc, gt, inArray, isNotNull } from 'drizzle-orm'
import { users } from '../../db/schema/auth.ts'
import { uploads } from '../../db/schema/document.ts'
import { tokenMetadata } from '../../db/schema/token.ts'
import { avatar, avatarUploadOf, digestIn } from '../../storage/buckets.ts'
import { reasonOf } from '../../storage/reason.ts'
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
      return uploadId ? [{ id, uploadId }] : []
    })
    run.report.rows += own.length
    const digests = await digestsOf(db, own)
    await forEachFew(own, ({ id, uploadId }) => {
      const sha256 = digests.get(uploadId) ?? null
      return reconcileObject(run, id, { place: avatar(uploadId), versionId: null, size: null, sha256 })
    })
  }
}

async function digestsOf(db: Run['services']['db'], own: { uploadId: string }[]) {
  const ids = own.map(({ uploadId }) => uploadId)
  const rows = await db.select({ id: uploads.id, sha256: uploads.sha256 }).from(uploads).where(inArray(uploads.id, ids))
  return new Map(rows.map(({ id, sha256 }) => [id, sha256]))
}

async function reconcileObject(run: Run, subject: string, expected: Expected) {
  const { services, options } = run
  const located = await locate(services.storage, { ...expected, isPublic: true }, options)
  if (located.state === 'there') return
  if (located.state !== 'hidden') return run.find({ kind: located.state, bucket, subject, outcome: 'left' })
  const hidden = { kind: 'hidden', bucket, subject } as const
  if (!options.repair) return run.find({ ...hidden, outcome: 'left' })
  await unhide(services.storage, expected.place, located.hiddenBy).then(
    () => run.find({ ...hidden, outcome: 'restored' }),
    // Whoever laid it there may have had the store hold it.
    (error: unknown) => run.find({ ...hidden, outcome: 'left', why: reasonOf(error) }),
  )
}
