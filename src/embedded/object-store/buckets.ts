import { type Answer, xmlAnswer } from './answer.ts'
import { readDocument } from './body.ts'
import { S3Error } from './errors.ts'
import type { VerifiedRequest } from './request.ts'
import type { Change } from './state.ts'
import { findBucket, type Store } from './store.ts'
import { element, escapeXml, parseXml, s3Document, text, textAt } from './xml.ts'

export async function listBuckets(store: Store, request: VerifiedRequest): Promise<Answer> {
  await readDocument(request)
  const buckets = [...store.buckets.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  return xmlAnswer(
    s3Document('ListAllMyBucketsResult', [
      element('Owner', [text('ID', 'gatehouse'), text('DisplayName', 'gatehouse')]),
      element(
        'Buckets',
        buckets.map(({ name, createdAt }) => element('Bucket', [text('Name', name), text('CreationDate', createdAt)])),
      ),
    ]),
  )
}

export async function headBucket(store: Store, request: VerifiedRequest): Promise<Answer> {
  await readDocument(request)
  findBucket(store, request.bucket)
  return { status: 200, headers: { 'x-amz-bucket-region': store.region } }
}

export async function getBucketLocation(store: Store, request: VerifiedRequest): Promise<Answer> {
  await readDocument(request)
  findBucket(store, request.bucket)
  return xmlAnswer(s3Document('LocationConstraint', [store.region === 'us-east-1' ? '' : escapeXml(store.region)]))
}

export async function createBucket(store: Store, request: VerifiedRequest): Promise<Answer> {
  const document = await readDocument(request)
  const bucket = request.bucket!
  if (!isBucketName(bucket)) throw new S3Error('InvalidBucketName')
  const location = document && textAt(parseXml(document), 'LocationConstraint')
  if (location && location !== store.region) throw new S3Error('InvalidLocationConstraint')
  const isLocked = request.headers['x-amz-bucket-object-lock-enabled']?.toLowerCase() === 'true'
  return store.commit(() => {
    if (store.buckets.has(bucket)) throw new S3Error('BucketAlreadyOwnedByYou')
    const changes: Change[] = [{ type: 'bucket-created', bucket, createdAt: new Date(store.now()).toISOString() }]
    if (isLocked) {
      const lock = s3Document('ObjectLockConfiguration', [text('ObjectLockEnabled', 'Enabled')])
      changes.push({ type: 'bucket-configured', bucket, setting: 'versioning', value: 'Enabled' })
      changes.push({ type: 'bucket-configured', bucket, setting: 'object-lock', value: lock })
    }
    return { changes, result: { status: 200, headers: { location: `/${bucket}` } } }
  })
}

export async function deleteBucket(store: Store, request: VerifiedRequest): Promise<Answer> {
  await readDocument(request)
  return store.commit(() => {
    const bucket = findBucket(store, request.bucket)
    if (bucket.objects.size > 0) throw new S3Error('BucketNotEmpty')
    return { changes: [{ type: 'bucket-deleted', bucket: bucket.name }], result: { status: 204 } }
  })
}

function isBucketName(name: string) {
  const isAddress = /^\d+\.\d+\.\d+\.\d+$/.test(name)
  return /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !name.includes('..') && !isAddress
}
