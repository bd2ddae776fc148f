import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, PutObjectLegalHoldCommand } from '@aws-sdk/client-s3'
import { bucketName, type ObjectPlace } from './buckets.ts'
import type { Storage } from './index.ts'
import { deleteOtherVersions, reach } from './objects.ts'

type PublicObject = { bytes: Uint8Array; contentType: string }
/** One version of an object; null where a bucket keeps none. */
type Version = { versionId: string | null }

/** A key of the public bucket never gets other bytes: whoever has read it once need not ask again. */
const cacheControl = 'public, max-age=31536000, immutable'

/** Where anybody can fetch an object of the public bucket. */
export const publicUrl = (storage: Storage, { bucket, key }: ObjectPlace) =>
  `${storage.publicEndpoint}/${bucketName(storage, bucket)}/${key}`

/**
 * Publishes bytes under a key that is theirs alone. They may be there already; other bytes are never written over. It looks
 * before it writes, since not every store keeps the condition in a bucket with versions (Ceph). Not encrypted by us:
 * what everybody may read, nobody could read under a key of KMS.
 */
export async function putPublicObject(storage: Storage, place: ObjectPlace, object: PublicObject): Promise<Version> {
  const found = (await readPublicObject(storage, place)) ?? (await putNewObject(storage, place, object))
  const published = found ?? (await readPublicObject(storage, place))
  if (!published?.bytes.equals(object.bytes)) throw new Error(`other bytes are published as ${place.key}`)
  return { versionId: published.versionId }
}

/** Null when it was there: what it is must be read. */
function putNewObject(storage: Storage, place: ObjectPlace, { bytes, contentType }: PublicObject) {
  return reach(storage, async (options) => {
    const command = new PutObjectCommand({
      ...nameOf(storage, place),
      Body: bytes,
      ContentLength: bytes.length,
      ContentType: contentType,
      CacheControl: cacheControl,
      IfNoneMatch: '*',
    })
    const put = await storage.client.send(command, options).catch(nullOn(409, 412))
    return put && { bytes: Buffer.from(bytes), versionId: put.VersionId ?? null }
  })
}

/** What everybody sees; null when there is nothing. */
function readPublicObject(storage: Storage, place: ObjectPlace) {
  return reach(storage, async (options) => {
    const answer = await storage.client.send(new GetObjectCommand(nameOf(storage, place)), options).catch(nullOn(404))
    if (!answer?.Body) return null
    return { bytes: Buffer.from(await answer.Body.transformToByteArray()), versionId: answer.VersionId ?? null }
  })
}

/**
 * Sees to it that everybody sees this version, and that nobody can remove it where the store has object lock. Answers how
 * many others there were, or null, and leaves them, when it is not there itself.
 */
export async function keepVersion(storage: Storage, place: ObjectPlace, versionId: string): Promise<number | null> {
  const name = { ...nameOf(storage, place), VersionId: versionId }
  const isThere = await reach(storage, async (options) => {
    if (!(await storage.client.send(new HeadObjectCommand(name), options).catch(nullOn(404)))) return false
    const hold = new PutObjectLegalHoldCommand({ ...name, LegalHold: { Status: 'ON' } })
    // A bucket without object lock, a store without this request.
    await storage.client.send(hold, options).catch(nullOn(400, 405, 501))
    return true
  })
  return isThere ? deleteOtherVersions(storage, place, versionId) : null
}

const nameOf = (storage: Storage, { bucket, key }: ObjectPlace) => ({ Bucket: bucketName(storage, bucket), Key: key })

const nullOn =
  (...statuses: number[]) =>
  (error: unknown): null => {
    const { httpStatusCode } = (error as { $metadata?: { httpStatusCode?: number } }).$metadata ?? {}
    if (httpStatusCode !== undefined && statuses.includes(httpStatusCode)) return null
    throw error
  }
