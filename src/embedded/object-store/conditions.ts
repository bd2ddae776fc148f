import { S3Error } from './errors.ts'
import type { Version } from './state.ts'

type Conditions = {
  ifMatch?: string | undefined
  ifNoneMatch?: string | undefined
  ifModifiedSince?: string | undefined
  ifUnmodifiedSince?: string | undefined
}

/** Answers whether what the caller has is still current, and refuses when the object is not what it expects. */
export function isUnchanged(version: Version, conditions: Conditions) {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions
  if (ifMatch !== undefined) {
    if (!hasTag(ifMatch, version)) throw new S3Error('PreconditionFailed')
  } else if (ifUnmodifiedSince !== undefined && isLater(version, ifUnmodifiedSince)) {
    throw new S3Error('PreconditionFailed')
  }
  if (ifNoneMatch !== undefined) return hasTag(ifNoneMatch, version)
  return (
    ifModifiedSince !== undefined && !Number.isNaN(Date.parse(ifModifiedSince)) && !isLater(version, ifModifiedSince)
  )
}

/** The conditions under which a write may replace the current object, of which there may be none. */
export function assertMayWrite(current: Version | undefined, headers: Readonly<Record<string, string>>) {
  const { 'if-none-match': ifNoneMatch, 'if-match': ifMatch } = headers
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') {
    throw new S3Error('NotImplemented', 'A write takes no other If-None-Match than *')
  }
  if (ifNoneMatch && current) throw new S3Error('PreconditionFailed')
  if (ifMatch === undefined) return
  if (!current) throw new S3Error('NoSuchKey')
  if (!hasTag(ifMatch, current)) throw new S3Error('PreconditionFailed')
}

export function hasTag(list: string, version: Version) {
  const tags = list.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return tags.some((tag) => tag === '*' || tag === version.etag || `"${tag}"` === version.etag)
}

// HTTP dates have no fractions of a second.
function isLater(version: Version, httpDate: string) {
  return Math.floor(Date.parse(version.modifiedAt) / 1000) > Date.parse(httpDate) / 1000
}
