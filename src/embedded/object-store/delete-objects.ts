import { type Answer, xmlAnswer } from './answer.ts'
import { readDocument } from './body.ts'
import { S3Error } from './errors.ts'
import { assertRemovable } from './object-lock.ts'
import { assertKey, type VerifiedRequest } from './request.ts'
import type { Bucket, Change, Version } from './state.ts'
import { findBucket, type Store } from './store.ts'
import { newVersionId, versionHeader, versionIdOf } from './versions.ts'
import { childrenOf, element, parseXml, s3Document, text, textAt } from './xml.ts'

const maxKeys = 1000

type Target = { key: string; versionId: string | undefined }

/** A version is removed for good; without one named, versioned buckets only mark the key as deleted. */
export async function deleteObject(store: Store, request: VerifiedRequest): Promise<Answer> {
  await readDocument(request)
  const target = { key: request.key!, versionId: versionIdOf(request.query) }
  return store.commit(() => {
    const bucket = findBucket(store, request.bucket)
    const { changes, versionId, deleteMarker } = deletion(store, bucket, target, request)
    const headers = {
      ...(versionId !== undefined && versionHeader(bucket, versionId)),
      ...(deleteMarker && { 'x-amz-delete-marker': 'true' }),
    }
    return { changes, result: { status: 204, headers } }
  })
}

/** Deletes up to a thousand keys, each on its own: one that may not be deleted does not keep the others. */
export async function deleteObjects(store: Store, request: VerifiedRequest): Promise<Answer> {
  const { targets, isQuiet } = readTargets(await readDocument(request))
  return store.commit(() => {
    const bucket = findBucket(store, request.bucket)
    const changes: Change[] = []
    const results = targets.map((target) => {
      try {
        const done = deletion(store, bucket, target, request)
        changes.push(...done.changes)
        return isQuiet ? '' : describeDeletion(bucket, target, done)
      } catch (error) {
        if (!(error instanceof S3Error)) throw error
        return element('Error', [...nameOf(target), text('Code', error.code), text('Message', error.message)])
      }
    })
    return { changes, result: xmlAnswer(s3Document('DeleteResult', results)) }
  })
}

type Deletion = { changes: Change[]; versionId: string | undefined; deleteMarker: boolean }

function deletion(store: Store, bucket: Bucket, { key, versionId }: Target, request: VerifiedRequest): Deletion {
  assertKey(key)
  const versions = bucket.objects.get(key)
  if (versionId === undefined && bucket.settings.has('versioning')) {
    const marker = deleteMarker(key, newVersionId(bucket), store.now())
    const changes: Change[] = [{ type: 'version-added', bucket: bucket.name, version: marker }]
    return { changes, versionId: marker.versionId, deleteMarker: true }
  }
  const version = versions?.find((candidate) => candidate.versionId === (versionId ?? 'null'))
  if (!version) return { changes: [], versionId, deleteMarker: false }
  assertRemovable(version, request.headers['x-amz-bypass-governance-retention'] === 'true', store.now())
  const change: Change = { type: 'version-removed', bucket: bucket.name, key, versionId: version.versionId }
  return { changes: [change], versionId: version.versionId, deleteMarker: version.deleteMarker }
}

function deleteMarker(key: string, versionId: string, now: number): Version {
  const modifiedAt = new Date(now).toISOString()
  return { key, versionId, modifiedAt, deleteMarker: true, bytesId: '', size: 0, etag: '', checksums: {}, headers: {} }
}

function readTargets(document: string) {
  const root = parseXml(document)
  const objects = childrenOf(root, 'Object')
  if (root?.name !== 'Delete' || objects.length === 0 || objects.length > maxKeys) throw new S3Error('MalformedXML')
  const targets = objects.map((object) => {
    // A key's white space is its own.
    const key = childrenOf(object, 'Key')[0]?.text
    if (!key) throw new S3Error('MalformedXML')
    return { key, versionId: textAt(object, 'VersionId') || undefined }
  })
  return { targets, isQuiet: textAt(root, 'Quiet') === 'true' }
}

function describeDeletion(bucket: Bucket, target: Target, { versionId, deleteMarker }: Deletion) {
  const marker = deleteMarker && [text('DeleteMarker', true), text('DeleteMarkerVersionId', versionId)]
  return element('Deleted', [...nameOf(target), ...(marker && bucket.settings.has('versioning') ? marker : [])])
}

function nameOf({ key, versionId }: Target) {
  return [text('Key', key), text('VersionId', versionId)]
}
