import { randomBytes } from 'node:crypto'
import { S3Error } from './errors.ts'
import type { Bucket, Version } from './state.ts'

/** The version that a plain read sees, if the key has one. */
export function currentVersion(bucket: Bucket, key: string) {
  const newest = bucket.objects.get(key)?.[0]
  return newest?.deleteMarker ? undefined : newest
}

/** The version that a read asks for: a given one, or the current. */
export function findVersion(bucket: Bucket, key: string, versionId: string | undefined): Version {
  const versions = bucket.objects.get(key)
  const found = versionId === undefined ? versions?.[0] : versions?.find((version) => version.versionId === versionId)
  if (!found) throw new S3Error(versionId === undefined ? 'NoSuchKey' : 'NoSuchVersion')
  if (found.deleteMarker) {
    const headers = { 'x-amz-delete-marker': 'true', ...versionHeader(bucket, found.versionId) }
    throw new S3Error(versionId === undefined ? 'NoSuchKey' : 'MethodNotAllowed', undefined, headers)
  }
  return found
}

export function newVersionId(bucket: Bucket) {
  return bucket.settings.get('versioning') === 'Enabled' ? randomBytes(16).toString('hex') : 'null'
}

/** Buckets that never had versioning speak of no versions. */
export function versionHeader(bucket: Bucket, versionId: string): Record<string, string> {
  return bucket.settings.has('versioning') ? { 'x-amz-version-id': versionId } : {}
}

export function versionIdOf(query: ReadonlyMap<string, string>) {
  const versionId = query.get('versionId')
  if (versionId === '') throw new S3Error('InvalidArgument', 'Version id cannot be the empty string')
  return versionId
}
