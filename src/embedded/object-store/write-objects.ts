import { type Answer, xmlAnswer } from './answer.ts'
import { declaredLength, readDocument, wholeBody } from './body.ts'
import { assertMayWrite, isUnchanged } from './conditions.ts'
import { createBodyCheck } from './digests.ts'
import { S3Error } from './errors.ts'
import { checksumHeaders, encryptionHeader, storedHeaders } from './object-headers.ts'
import { retentionOf } from './object-lock.ts'
import { splitPath, type VerifiedRequest } from './request.ts'
import type { Version } from './state.ts'
import { findBucket, openBytes, type Store } from './store.ts'
import { currentVersion, findVersion, newVersionId, versionHeader, versionIdOf } from './versions.ts'
import { s3Document, text } from './xml.ts'

export const maxObjectBytes = 64 * 1024 * 1024

type Content = Pick<Version, 'bytesId' | 'size' | 'etag' | 'checksums' | 'headers'>

/** Stores a body that is exactly what its length and digests promised, or nothing. */
export async function putObject(store: Store, request: VerifiedRequest): Promise<Answer> {
  const { headers } = request
  const bucket = findBucket(store, request.bucket)
  const stored = storedHeaders(headers)
  const check = createBodyCheck(headers)
  const size = declaredLength(request, maxObjectBytes)
  // Once more when it is written; here it spares the sender an upload that cannot count.
  assertMayWrite(currentVersion(bucket, request.key!), headers)
  retentionOf(bucket, headers, store.now())

  async function* checked() {
    for await (const chunk of wholeBody(request, size)) {
      check.update(chunk)
      yield chunk
    }
    check.finish()
  }
  const bytesId = await store.files.write(checked())
  const version = await commitVersion(store, request, { bytesId, size, ...check.digests(), headers: stored })
  return {
    status: 200,
    headers: {
      etag: version.etag,
      ...checksumHeaders(version),
      ...encryptionHeader,
      ...versionHeader(bucket, version.versionId),
    },
  }
}

/** Copies within the store. The bytes are read and encrypted anew: each file has its own key. */
export async function copyObject(store: Store, request: VerifiedRequest): Promise<Answer> {
  const { headers } = request
  await readDocument(request)
  const bucket = findBucket(store, request.bucket)
  assertMayWrite(currentVersion(bucket, request.key!), headers)
  const source = findSource(store, headers)
  const directive = headers['x-amz-metadata-directive'] ?? 'COPY'
  if (!['COPY', 'REPLACE'].includes(directive)) throw new S3Error('InvalidArgument', 'Unknown metadata directive')
  const isItself = source.bucket === bucket && source.version === currentVersion(bucket, request.key!)
  if (directive === 'COPY' && isItself) {
    throw new S3Error('InvalidRequest', 'This copy of an object to itself would change nothing')
  }
  const replaced = directive === 'REPLACE' ? storedHeaders(headers) : undefined

  const { version, body } = await openBytes(store, () => findSource(store, headers))
  const { size, etag, checksums } = version
  const bytesId = await store.files.write(body)
  const copy = await commitVersion(store, request, {
    bytesId,
    size,
    etag,
    checksums,
    headers: replaced ?? version.headers,
  })
  return xmlAnswer(s3Document('CopyObjectResult', [text('ETag', copy.etag), text('LastModified', copy.modifiedAt)]), {
    ...encryptionHeader,
    ...versionHeader(bucket, copy.versionId),
    ...(source.bucket.settings.has('versioning') && { 'x-amz-copy-source-version-id': version.versionId }),
  })
}

function findSource(store: Store, headers: VerifiedRequest['headers']) {
  const [path, search] = headers['x-amz-copy-source']!.replace(/^\//, '').split('?', 2)
  const [name, key] = splitPath(path!)
  if (key === undefined) throw new S3Error('InvalidArgument', 'x-amz-copy-source must be <bucket>/<key>')
  const bucket = findBucket(store, name)
  const versionId = versionIdOf(new Map(new URLSearchParams(search)))
  const version = findVersion(bucket, key, versionId)
  const isStale = isUnchanged(version, {
    ifMatch: headers['x-amz-copy-source-if-match'],
    ifNoneMatch: headers['x-amz-copy-source-if-none-match'],
    ifModifiedSince: headers['x-amz-copy-source-if-modified-since'],
    ifUnmodifiedSince: headers['x-amz-copy-source-if-unmodified-since'],
  })
  if (isStale) throw new S3Error('PreconditionFailed')
  return { bucket, version }
}

// One commit after the other: of many writers that ask for a new key, one finds it free.
async function commitVersion(store: Store, request: VerifiedRequest, content: Content) {
  const { headers } = request
  const key = request.key!
  try {
    return await store.commit(() => {
      const bucket = findBucket(store, request.bucket)
      assertMayWrite(currentVersion(bucket, key), headers)
      const now = store.now()
      const version: Version = {
        key,
        versionId: newVersionId(bucket),
        modifiedAt: new Date(now).toISOString(),
        deleteMarker: false,
        ...content,
        ...retentionOf(bucket, headers, now),
      }
      return { changes: [{ type: 'version-added', bucket: bucket.name, version }], result: version }
    })
  } catch (error) {
    // After a failed write it is not known what the journal holds; then the next start sweeps.
    if (error instanceof S3Error) await store.files.remove(content.bytesId)
    throw error
  }
}
