import { createHash } from 'node:crypto'
import { addAbortSignal, type Readable } from 'node:stream'
import {
  type DeleteMarkerEntry,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type ObjectVersion,
} from '@aws-sdk/client-s3'
import { type Bucket, bucketName, type ObjectPlace } from './buckets.ts'
import type { Storage } from './index.ts'
import { pageAfter, reach, type VersionsPage } from './objects.ts'

/** What lies under a key: bytes, or a marker that says "deleted" and hides them. In a bucket without versions the id is `null`. */
export type StoredVersion = {
  key: string
  versionId: string
  isMarker: boolean
  size: number
  modifiedAt: Date
}

const nameOf = (storage: Storage, { bucket, key }: ObjectPlace) => ({ Bucket: bucketName(storage, bucket), Key: key })

/** What everybody sees under a key; null when nobody sees anything. */
export function headObject(storage: Storage, place: ObjectPlace) {
  return reach(storage, async (options) => {
    const answer = await storage.client.send(new HeadObjectCommand(nameOf(storage, place)), options).catch(absent)
    return answer && { size: answer.ContentLength ?? 0, versionId: answer.VersionId ?? null }
  })
}

/** The SHA-256 of one version, read as it comes; null when it is not there. */
export function digestOf(storage: Storage, place: ObjectPlace, versionId: string | null): Promise<string | null> {
  return reach(storage, async (options) => {
    const version = versionId !== null && { VersionId: versionId }
    const command = new GetObjectCommand({ ...nameOf(storage, place), ...version })
    const answer = await storage.client.send(command, options).catch(absent)
    if (!answer?.Body) return null
    const hash = createHash('sha256')
    for await (const chunk of addAbortSignal(options.abortSignal, answer.Body as Readable)) hash.update(chunk)
    return hash.digest('hex')
  })
}

export function removeVersion(storage: Storage, place: ObjectPlace, versionId: string) {
  return reach(storage, (options) =>
    storage.client.send(new DeleteObjectCommand({ ...nameOf(storage, place), VersionId: versionId }), options),
  )
}

/** Everything in a bucket, what is hidden too, page by page; under a prefix only what begins with it. */
export async function* listVersions(storage: Storage, bucket: Bucket, prefix?: string) {
  const Bucket = bucketName(storage, bucket)
  let from: VersionsPage | null = {}
  while (from) {
    const command = new ListObjectVersionsCommand({ Bucket, ...(prefix && { Prefix: prefix }), ...from })
    const page: ListObjectVersionsCommandOutput = await reach(storage, (options) =>
      storage.client.send(command, options),
    )
    yield [
      ...(page.Versions ?? []).map((item) => describe(item, false)),
      ...(page.DeleteMarkers ?? []).map((item) => describe(item, true)),
    ]
    from = pageAfter(page)
  }
}

const describe = (item: ObjectVersion | DeleteMarkerEntry, isMarker: boolean): StoredVersion => ({
  key: item.Key ?? '',
  versionId: item.VersionId ?? 'null',
  isMarker,
  size: ('Size' in item && item.Size) || 0,
  modifiedAt: item.LastModified ?? new Date(),
})

/** What lies under one key, the newest first. */
export async function versionsOf(storage: Storage, { bucket, key }: ObjectPlace): Promise<StoredVersion[]> {
  const found: StoredVersion[] = []
  for await (const page of listVersions(storage, bucket, key)) {
    found.push(...page.filter((version) => version.key === key))
  }
  return found.toSorted((a, b) => b.modifiedAt.getTime() - a.modifiedAt.getTime())
}

function absent(error: unknown): null {
  const { httpStatusCode } = (error as { $metadata?: { httpStatusCode?: number } }).$metadata ?? {}
  // 405: it is a delete marker. A missing bucket is no missing object; a HEAD does not tell them apart.
  if ((httpStatusCode === 404 || httpStatusCode === 405) && (error as Error).name !== 'NoSuchBucket') return null
  throw error
}
