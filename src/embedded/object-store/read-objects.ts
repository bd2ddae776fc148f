import type { Answer } from './answer.ts'
import { readDocument } from './body.ts'
import { hasTag, isUnchanged } from './conditions.ts'
import { S3Error } from './errors.ts'
import { describe } from './object-headers.ts'
import type { VerifiedRequest } from './request.ts'
import type { Version } from './state.ts'
import { findBucket, openBytes, type Store } from './store.ts'
import { findVersion, versionIdOf } from './versions.ts'

/** GET and HEAD of an object: they differ only in the body. */
export async function readObject(store: Store, request: VerifiedRequest): Promise<Answer> {
  await readDocument(request)
  const { status, headers } = planRead(store, request)
  if (request.method === 'HEAD' || status === 304) return { status, headers }
  return openBytes(store, () => planRead(store, request))
}

function planRead(store: Store, request: VerifiedRequest) {
  const version = findReadable(store, request)
  const headers = describe(findBucket(store, request.bucket), version, request)
  if (isUnchanged(version, conditionsOf(request))) {
    const { 'content-length': _, ...rest } = headers
    return { version, status: 304, headers: rest }
  }
  const range = rangeOf(request, version)
  if (!range) return { version, status: 200, headers }
  const part = {
    'content-length': String(range.end - range.start),
    'content-range': `bytes ${range.start}-${range.end - 1}/${version.size}`,
  }
  // A checksum of the whole would be taken for one of the part.
  const rest = Object.entries(headers).filter(([name]) => !name.startsWith('x-amz-checksum-'))
  return { version, status: 206, headers: { ...Object.fromEntries(rest), ...part }, range }
}

// S3 tells an anonymous caller who may not list a bucket nothing of what is not there.
function findReadable(store: Store, request: VerifiedRequest) {
  try {
    return findVersion(findBucket(store, request.bucket), request.key!, versionIdOf(request.query))
  } catch (error) {
    if (request.anonymous && error instanceof S3Error) throw new S3Error('AccessDenied')
    throw error
  }
}

function conditionsOf({ headers }: VerifiedRequest) {
  return {
    ifMatch: headers['if-match'],
    ifNoneMatch: headers['if-none-match'],
    ifModifiedSince: headers['if-modified-since'],
    ifUnmodifiedSince: headers['if-unmodified-since'],
  }
}

/** The one range asked for, end exclusive. What is not a single byte range is answered with the whole. */
function rangeOf({ headers }: VerifiedRequest, version: Version) {
  const { range, 'if-range': ifRange } = headers
  const match = /^bytes=(\d*)-(\d*)$/.exec(range ?? '')
  if (!match || (!match[1] && !match[2]) || (ifRange !== undefined && !hasTag(ifRange, version))) return undefined
  const { size } = version
  const [first, last] = [match[1], match[2]]
  const start = first ? Number(first) : Math.max(0, size - Number(last))
  const end = first && last ? Math.min(size, Number(last) + 1) : size
  if (first && last && Number(last) < Number(first)) return undefined
  if (start >= size) throw new S3Error('InvalidRange', undefined, { 'content-range': `bytes */${size}` })
  return { start, end }
}
