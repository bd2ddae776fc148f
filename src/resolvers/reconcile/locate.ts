import type { ObjectPlace } from '../../storage/buckets.ts'
import type { Storage } from '../../storage/index.ts'
import { digestOf, headObject, removeVersion, type StoredVersion, versionsOf } from '../../storage/versions.ts'

/** What a row says of its object. Unknown is what it does not say. */
export type Expected = { place: ObjectPlace; versionId: string | null; size: number | null; sha256: string | null }

export type Located =
  | { state: 'there' }
  /** The bytes are there: under another version, or under markers that hide them. */
  | { state: 'hidden'; versionId: string; markers: string[] }
  | { state: 'missing' }
  /** Something is there, and it is not that. */
  | { state: 'damaged' }

/**
 * Where the object of a row is. Its size is looked at, its bytes only when it is asked for, or when it is not certain by
 * the version that they are the ones.
 */
export async function locate(storage: Storage, expected: Expected, options: { digests: boolean }): Promise<Located> {
  const { place, versionId, size, sha256 } = expected
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
    const markers = versions.filter(({ isMarker }) => isMarker).map((marker) => marker.versionId)
    if (isOwn(version) && markers.length === 0) return { state: 'there' }
    return { state: 'hidden', versionId: version.versionId, markers }
  }
  return { state: versions.some(({ isMarker }) => !isMarker) ? 'damaged' : 'missing' }
}

/** A row names the object, so nothing under its key means that it is deleted. */
export async function unhide(storage: Storage, place: ObjectPlace, markers: readonly string[]) {
  for (const marker of markers) await removeVersion(storage, place, marker)
}
