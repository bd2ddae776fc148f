import { type Answer, xmlAnswer } from './answer.ts'
import { readDocument } from './body.ts'
import { S3Error } from './errors.ts'
import type { VerifiedRequest } from './request.ts'
import type { Bucket } from './state.ts'
import { findBucket, type Store } from './store.ts'
import { findVersion, versionHeader, versionIdOf } from './versions.ts'
import { parseXml, s3Document, text, textAt } from './xml.ts'

/** A version under a legal hold is not removed by anybody, until the hold is lifted. */
export async function putLegalHold(store: Store, request: VerifiedRequest): Promise<Answer> {
  const root = parseXml(await readDocument(request))
  const status = textAt(root, 'Status')
  if (root?.name !== 'LegalHold' || (status !== 'ON' && status !== 'OFF')) throw new S3Error('MalformedXML')
  return store.commit(() => {
    const bucket = lockedBucket(store, request)
    const { key, versionId, legalHold = false } = findVersion(bucket, request.key!, versionIdOf(request.query))
    const held = status === 'ON'
    const change = { type: 'version-held', bucket: bucket.name, key, versionId, held } as const
    const result = { status: 200, headers: versionHeader(bucket, versionId) }
    return { changes: held === legalHold ? [] : [change], result }
  })
}

export async function getLegalHold(store: Store, request: VerifiedRequest): Promise<Answer> {
  await readDocument(request)
  const { legalHold } = findVersion(lockedBucket(store, request), request.key!, versionIdOf(request.query))
  return xmlAnswer(s3Document('LegalHold', [text('Status', legalHold ? 'ON' : 'OFF')]))
}

function lockedBucket(store: Store, request: VerifiedRequest): Bucket {
  const bucket = findBucket(store, request.bucket)
  if (!bucket.settings.has('object-lock')) {
    throw new S3Error('InvalidRequest', 'Bucket is missing Object Lock Configuration')
  }
  return bucket
}
