import type { ObjectPlace } from '../../storage/buckets.ts'
import type { Storage } from '../../storage/index.ts'
import { digestOf, headObject, removeVersion, type StoredVersion, versionsOf } from '../../storage/versions.ts'

/** What a row says of its object. Unknown is what it does not say. */
export type Expected = {
  place: ObjectPlace
  versionId: string | null
  size: number | null
  sha256: string | null
  /** Read by its key, and so by its latest version: other bytes over it hide it as a marker does. */
  isPublic?: true
}

export type Located =
  | { state: 'there' }
  /** The bytes are there: under another version, or under what hides them. */
  | { state: 'hidden'; versionId: string; hiddenBy: string[] }
  | { state: 'missing' }
  /** Something is there, and it is not that. */
  | { state: 'damaged' }

/**
 * Where the object of a row is. Its size is looked at, its bytes only when it is asked for, or when it is not certain by
 * the version that they are the ones.
 */
export async function locate(storage: Storage, expected: Expected, options: { digests: boolean }): Promise<Located> {
  const { place, versionId, size, sha256, isPublic = false } = expected
  const hasSize = (found: number) => size === null || found === size
  const hasDigest = async (version: string | null) =>
    sha256 === null || (await digestOf(storage, place, version)) === sha256

  const head = await headObject(storage, place)
  const isNamed = head !== null && (versionId === null || head.versionId === versionId)
  if (isNamed && hasSize(head.size) && (!options.digests || (await hasDigest(versionId)))) return { state: 'there' }

  const versions = await versionsOf(storage, place)
  const isOwn = (version: StoredVersion) => version.versionId === versionId
  const candidates = versions.filter((version) => !version.isMarker && hasSize(version.size))
  for (const version of candidates.toSorted((a, b) => Number(isOwn(b)) - Number(isOwn(a)))) {
    const isCertain = isOwn(version) && !options.digests
    if (!isCertain && !(await hasDigest(version.versionId))) continue
    const isSeen = head !== null && (head.versionId ?? 'null') === version.versionId
    const hiding = versions.filter((other) => other.isMarker || (isPublic && other !== version))
    if (isPublic ? isSeen : isOwn(version) && hiding.length === 0) return { state: 'there' }
    return { state: 'hidden', versionId: version.versionId, hiddenBy: hiding.map((other) => other.versionId) }
  }
  return { state: versions.some(({ isMarker }) => !isMarker) ? 'damaged' : 'missing' }
}

/** A row names the object, so nothing under its key means that it is deleted, or another. */
export async function unhide(storage: Storage, place: ObjectPlace, hiddenBy: readonly string[]) {
  for (const versionId of hiddenBy) await removeVersion(storage, place, versionId)
}
