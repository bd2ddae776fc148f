import type { Checksums } from './digests.ts'
import type { Retention } from './object-lock.ts'

/** One version of one object, or a delete marker. Bytes are named by `bytesId`, never by the key. */
export type Version = {
  key: string
  versionId: string
  modifiedAt: string
  deleteMarker: boolean
  bytesId: string
  size: number
  etag: string
  checksums: Checksums
  /** content-type, cache-control and the like, and x-amz-meta-*, as they are given back. */
  headers: Record<string, string>
  retention?: Retention
  legalHold?: boolean
}

export type Bucket = {
  name: string
  createdAt: string
  settings: Map<string, string>
  /** Newest first; never empty. */
  objects: Map<string, Version[]>
  /** The keys of `objects` in the order of their UTF-8 bytes. */
  keys: string[]
}

export type State = Map<string, Bucket>

export type Change =
  | { type: 'bucket-created'; bucket: string; createdAt: string }
  | { type: 'bucket-deleted'; bucket: string }
  | { type: 'bucket-configured'; bucket: string; setting: string; value: string | null }
  | { type: 'version-added'; bucket: string; version: Version }
  | { type: 'version-held'; bucket: string; key: string; versionId: string; held: boolean }
  | { type: 'version-removed'; bucket: string; key: string; versionId: string }

/** Applies one change and returns the versions that are gone by it. */
export function applyChange(state: State, change: Change): Version[] {
  if (change.type === 'bucket-created') {
    const { bucket: name, createdAt } = change
    state.set(name, { name, createdAt, settings: new Map(), objects: new Map(), keys: [] })
    return []
  }
  const bucket = state.get(change.bucket)
  if (!bucket) throw new Error(`The journal changes the bucket ${change.bucket} before it exists`)
  switch (change.type) {
    case 'bucket-deleted':
      state.delete(bucket.name)
      return []
    case 'bucket-configured':
      if (change.value === null) bucket.settings.delete(change.setting)
      else bucket.settings.set(change.setting, change.value)
      return []
    case 'version-added':
      return addVersion(bucket, change.version)
    case 'version-held':
      holdVersion(bucket, change)
      return []
    case 'version-removed':
      return removeVersion(bucket, change.key, change.versionId)
  }
}

/** The changes that lead to this state from nothing. */
export function* changesTo(state: State): Generator<Change> {
  for (const bucket of state.values()) {
    yield { type: 'bucket-created', bucket: bucket.name, createdAt: bucket.createdAt }
    for (const [setting, value] of bucket.settings) {
      yield { type: 'bucket-configured', bucket: bucket.name, setting, value }
    }
    for (const versions of bucket.objects.values()) {
      for (const version of versions.toReversed()) yield { type: 'version-added', bucket: bucket.name, version }
    }
  }
}

/** The position of the first key that is not before this one. */
export function positionOf(bucket: Bucket, key: string) {
  const bytes = Buffer.from(key)
  let [low, high] = [0, bucket.keys.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (Buffer.compare(Buffer.from(bucket.keys[middle]!), bytes) < 0) low = middle + 1
    else high = middle
  }
  return low
}

// A bucket without versioning knows one version of a key, 'null', which each write replaces.
function addVersion(bucket: Bucket, version: Version) {
  const replaced = version.versionId === 'null' ? removeVersion(bucket, version.key, 'null') : []
  const versions = bucket.objects.get(version.key)
  if (versions) versions.unshift(version)
  else {
    bucket.objects.set(version.key, [version])
    bucket.keys.splice(positionOf(bucket, version.key), 0, version.key)
  }
  return replaced
}

function removeVersion(bucket: Bucket, key: string, versionId: string) {
  const versions = bucket.objects.get(key) ?? []
  const index = versions.findIndex((version) => version.versionId === versionId)
  if (index < 0) return []
  const removed = versions.splice(index, 1)
  if (versions.length === 0) {
    bucket.objects.delete(key)
    bucket.keys.splice(positionOf(bucket, key), 1)
  }
  return removed
}

// The version stays the same object: whoever reads its bytes knows it by that.
function holdVersion(bucket: Bucket, { key, versionId, held }: { key: string; versionId: string; held: boolean }) {
  const version = bucket.objects.get(key)?.find((candidate) => candidate.versionId === versionId)
  if (version) version.legalHold = held
}
