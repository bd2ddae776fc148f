import { addAbortSignal, type Readable } from 'node:stream'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  NoSuchKey,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { AppError, UnavailableError } from '../errors.ts'
import { type Bucket, bucketName, type ObjectPlace } from './buckets.ts'
import type { Storage } from './index.ts'

type Bounded = { abortSignal: AbortSignal }

/** A store that cannot be reached, is out of order or does not answer in time is UNAVAILABLE: never a stuck request. */
export async function reach<T>({ timeoutMs }: Storage, work: (options: Bounded) => Promise<T>): Promise<T> {
  try {
    return await work({ abortSignal: AbortSignal.timeout(timeoutMs) })
  } catch (error) {
    if (error instanceof AppError) throw error
    throw new UnavailableError('The object store cannot be reached: try again.', { cause: error })
  }
}

/** Stores bytes that this process has checked. Answers the version, or null where the bucket keeps none. */
export function putObject(storage: Storage, place: ObjectPlace, object: { bytes: Uint8Array; contentType: string }) {
  const { sse, kmsKeyId } = storage.settings
  return reach(storage, async (options) => {
    const command = new PutObjectCommand({
      Bucket: bucketName(storage, place.bucket),
      Key: place.key,
      Body: object.bytes,
      ContentLength: object.bytes.length,
      ContentType: object.contentType,
      ...(sse !== 'off' && { ServerSideEncryption: sse }),
      ...(sse === 'aws:kms' && kmsKeyId !== null && { SSEKMSKeyId: kmsKeyId }),
    })
    const { VersionId } = await storage.client.send(command, options)
    return { versionId: VersionId ?? null }
  })
}

/** A whole object, unless it is larger than `maxBytes`: then its size alone. Null when there is none. */
export function readObject(
  storage: Storage,
  place: ObjectPlace,
  { maxBytes }: { maxBytes: number },
): Promise<{ size: number; bytes: Buffer | null } | null> {
  return reach(storage, async (options) => {
    const command = new GetObjectCommand({ Bucket: bucketName(storage, place.bucket), Key: place.key })
    const answer = await storage.client.send(command, options).catch(absent)
    if (!answer?.Body) return null
    const body = addAbortSignal(options.abortSignal, answer.Body as Readable)
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of body as Readable & AsyncIterable<Buffer>) {
      size += chunk.length
      // Leaving the loop closes the connection; the rest is not sent.
      if (size > maxBytes) return { size: Math.max(size, answer.ContentLength ?? 0), bytes: null }
      chunks.push(chunk)
    }
    return { size, bytes: Buffer.concat(chunks) }
  })
}

function absent(error: unknown): null {
  if (error instanceof NoSuchKey) return null
  throw error
}

/** Removes every version and delete marker of a key, sees that it is gone, and answers how many there were. */
export function deleteObject(storage: Storage, place: ObjectPlace): Promise<number> {
  return reach(storage, async (options) => {
    const versions = await listVersions(storage, place, options)
    await deleteVersions(storage, place, versions, options)
    const left = await listVersions(storage, place, options)
    if (left.length > 0) throw new UnavailableError(`${left.length} versions of an object are still there.`)
    return versions.length
  })
}

/** Removes what else was ever stored under the key of an object, since nothing refers to it, and answers how much it was. */
export function deleteOtherVersions(storage: Storage, place: ObjectPlace, versionId: string): Promise<number> {
  return reach(storage, async (options) => {
    const versions = await listVersions(storage, place, options)
    const others = versions.filter((other) => other !== versionId)
    await deleteVersions(storage, place, others, options)
    return others.length
  })
}

async function deleteVersions(storage: Storage, { bucket, key }: ObjectPlace, versions: string[], options: Bounded) {
  const Bucket = bucketName(storage, bucket)
  for (const versionId of versions) {
    await storage.client.send(new DeleteObjectCommand({ Bucket, Key: key, VersionId: versionId }), options)
  }
}

/** Where a page of versions begins; of the first one nothing needs to be said. */
export type VersionsPage = { KeyMarker?: string; VersionIdMarker?: string }

/** Null after the last page. */
export function pageAfter(page: ListObjectVersionsCommandOutput): VersionsPage | null {
  if (!page.IsTruncated) return null
  const { NextKeyMarker, NextVersionIdMarker } = page
  return {
    ...(NextKeyMarker && { KeyMarker: NextKeyMarker }),
    ...(NextVersionIdMarker && { VersionIdMarker: NextVersionIdMarker }),
  }
}

async function listVersions(storage: Storage, { bucket, key }: ObjectPlace, options: Bounded) {
  const Bucket = bucketName(storage, bucket)
  const found: string[] = []
  let from: VersionsPage | null = {}
  while (from) {
    const command: ListObjectVersionsCommand = new ListObjectVersionsCommand({ Bucket, Prefix: key, ...from })
    const page = await storage.client.send(command, options)
    for (const version of [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])]) {
      if (version.Key === key && version.VersionId) found.push(version.VersionId)
    }
    from = pageAfter(page)
  }
  return found
}

/** Everything in a bucket, or under a prefix of it, page by page. */
export async function* listObjects(storage: Storage, bucket: Bucket, prefix?: string) {
  let token: string | undefined
  do {
    const page = await reach(storage, (options) => {
      const command = new ListObjectsV2Command({
        Bucket: bucketName(storage, bucket),
        ...(prefix && { Prefix: prefix }),
        ...(token && { ContinuationToken: token }),
      })
      return storage.client.send(command, options)
    })
    yield (page.Contents ?? []).map(({ Key, LastModified }) => ({ key: Key ?? '', modifiedAt: LastModified }))
    token = page.IsTruncated ? page.NextContinuationToken : undefined
  } while (token)
}
