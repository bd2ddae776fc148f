import type { Answer } from './answer.ts'
import { createBucket, deleteBucket, getBucketLocation, headBucket, listBuckets } from './buckets.ts'
import { deleteObject, deleteObjects } from './delete-objects.ts'
import { S3Error } from './errors.ts'
import { getLegalHold, putLegalHold } from './legal-hold.ts'
import { listObjects, listObjectVersions } from './listing.ts'
import { readObject } from './read-objects.ts'
import type { VerifiedRequest } from './request.ts'
import {
  deletableSettingNames,
  deleteSetting,
  getSetting,
  getVersioning,
  putSetting,
  putVersioning,
  settingNames,
} from './settings.ts'
import type { Store } from './store.ts'
import { copyObject, putObject } from './write-objects.ts'
import { parseXml, textAt } from './xml.ts'

type Operation = (store: Store, request: VerifiedRequest) => Promise<Answer>

// By method, what it is asked of, and the subresource that the query names, if any.
const operations = new Map<string, Operation>([
  ['GET service', listBuckets],
  ['PUT bucket', createBucket],
  ['HEAD bucket', headBucket],
  ['DELETE bucket', deleteBucket],
  ['GET bucket location', getBucketLocation],
  ['GET bucket list-type', listObjects],
  ['GET bucket versions', listObjectVersions],
  ['GET bucket versioning', getVersioning],
  ['PUT bucket versioning', putVersioning],
  ['POST bucket delete', deleteObjects],
  ['PUT object', writeObject],
  ['GET object', readObject],
  ['HEAD object', readObject],
  ['DELETE object', deleteObject],
  ['GET object legal-hold', getLegalHold],
  ['PUT object legal-hold', putLegalHold],
  ...settingNames.map((name): [string, Operation] => [`GET bucket ${name}`, getSetting(name)]),
  ...settingNames.map((name): [string, Operation] => [`PUT bucket ${name}`, putSetting(name)]),
  ...deletableSettingNames.map((name): [string, Operation] => [`DELETE bucket ${name}`, deleteSetting(name)]),
])

const parameters = new Set([
  'continuation-token',
  'delimiter',
  'encoding-type',
  'fetch-owner',
  'key-marker',
  'max-keys',
  'prefix',
  'start-after',
  'version-id-marker',
  'versionId',
  'x-id',
])

/** Finds what a request asks for. A query parameter that nobody here reads asks for something else. */
export function findOperation(request: VerifiedRequest): Operation {
  const on = request.key !== undefined ? 'object' : request.bucket !== undefined ? 'bucket' : 'service'
  const operation = operations.get([request.method, on, ...subresources(request)].join(' '))
  if (!operation) throw new S3Error('NotImplemented')
  return operation
}

/** Without a signature only the objects of public buckets can be read, as they are and nothing beside them. */
export function authorize(store: Store, request: VerifiedRequest) {
  if (!request.anonymous) return
  const { method, bucket, key, query } = request
  const isRead = (method === 'GET' || method === 'HEAD') && key !== undefined && subresources(request).length === 0
  if (!isRead || query.has('versionId') || !isPublic(store, bucket)) throw new S3Error('AccessDenied')
  if ([...query.keys()].some((name) => name.startsWith('response-'))) {
    throw new S3Error('InvalidRequest', 'Response headers cannot be changed by an anonymous request')
  }
}

function isPublic(store: Store, bucket: string | undefined) {
  if (bucket === undefined || !store.publicBuckets.has(bucket)) return false
  const block = store.buckets.get(bucket)?.settings.get('publicAccessBlock')
  return block === undefined || textAt(parseXml(block), 'RestrictPublicBuckets') !== 'true'
}

function subresources({ query }: VerifiedRequest) {
  return [...query.keys()].filter(
    (name) => !parameters.has(name) && !name.startsWith('response-') && !name.toLowerCase().startsWith('x-amz-'),
  )
}

function writeObject(store: Store, request: VerifiedRequest) {
  return request.headers['x-amz-copy-source'] === undefined ? putObject(store, request) : copyObject(store, request)
}
