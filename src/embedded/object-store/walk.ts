import { type Bucket, positionOf, type Version } from './state.ts'

export type Page = { prefix: string; delimiter: string; maxKeys: number }
export type Listed = { key: string; version: Version } | { commonPrefix: string }

export type From = { after: string; afterPrefix?: string | undefined; afterVersion?: string | undefined }

/** What of a bucket lies behind a point, in the order of the keys; keys that share a prefix up to the delimiter once. */
export function* walk(
  bucket: Bucket,
  { prefix, delimiter }: Page,
  { after, afterPrefix, afterVersion }: From,
  versionsOf: (bucket: Bucket, key: string) => readonly Version[],
): Generator<Listed> {
  let folded = afterPrefix
  for (
    let index = Math.max(positionOf(bucket, after), positionOf(bucket, prefix));
    index < bucket.keys.length;
    index++
  ) {
    const key = bucket.keys[index]!
    if (!key.startsWith(prefix)) return
    if ((key === after && afterVersion === undefined) || (folded !== undefined && key.startsWith(folded))) continue
    let versions = versionsOf(bucket, key)
    if (key === after) versions = versions.slice(versions.findIndex(({ versionId }) => versionId === afterVersion) + 1)
    if (versions.length === 0) continue
    const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
    if (cut < 0) for (const version of versions) yield { key, version }
    else {
      folded = key.slice(0, cut + delimiter.length)
      yield { commonPrefix: folded }
    }
  }
}

export function take(items: Iterable<Listed>, maxKeys: number) {
  const listed: Listed[] = []
  if (maxKeys === 0) return { listed, isTruncated: false }
  for (const item of items) {
    if (listed.length === maxKeys) return { listed, isTruncated: true }
    listed.push(item)
  }
  return { listed, isTruncated: false }
}
