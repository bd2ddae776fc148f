import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { bucketName, type ObjectPlace } from './buckets.ts'
import type { Storage } from './index.ts'
import { reach } from './objects.ts'

type PublicObject = { bytes: Uint8Array; contentType: string }

/** A key of the public bucket never gets other bytes: whoever has read it once need not ask again. */
const cacheControl = 'public, max-age=31536000, immutable'

/** Where anybody can fetch an object of the public bucket. */
export const publicUrl = (storage: Storage, { bucket, key }: ObjectPlace) =>
  `${storage.publicEndpoint}/${bucketName(storage, bucket)}/${key}`

/**
 * Publishes bytes under a key that is theirs alone. They may be there already; other bytes are never written over. Not
 * encrypted by us: what everybody may read, nobody could read under a key of KMS.
 */
export async function putPublicObject(storage: Storage, place: ObjectPlace, { bytes, contentType }: PublicObject) {
  const name = { Bucket: bucketName(storage, place.bucket), Key: place.key }
  const isThere = await reach(storage, async (options) => {
    const command = new PutObjectCommand({
      ...name,
      Body: bytes,
      ContentLength: bytes.length,
      ContentType: contentType,
      CacheControl: cacheControl,
      IfNoneMatch: '*',
    })
    const put = await storage.client.send(command, options).catch(refused)
    if (put) return true
    const found = await storage.client.send(new GetObjectCommand(name), options)
    return Buffer.from(await found.Body!.transformToByteArray()).equals(bytes)
  })
  if (!isThere) throw new Error(`other bytes are published as ${place.key}`)
}

/** 412: there is an object. 409: there is one in the making. */
function refused(error: unknown): null {
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode
  if (status === 412 || status === 409) return null
  throw error
}
