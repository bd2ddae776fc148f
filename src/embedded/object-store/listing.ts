import { type Answer, xmlAnswer } from './answer.ts'
import { readDocument } from './body.ts'
import { S3Error } from './errors.ts'
import type { VerifiedRequest } from './request.ts'
import type { Bucket, Version } from './state.ts'
import { findBucket, type Store } from './store.ts'
import { currentVersion } from './versions.ts'
import { type From, type Listed, type Page, take, walk } from './walk.ts'
import { element, s3Document, text } from './xml.ts'

const owner = element('Owner', [text('ID', 'gatehouse'), text('DisplayName', 'gatehouse')])

export async function listObjects(store: Store, request: VerifiedRequest): Promise<Answer> {
  await readDocument(request)
  const { query } = request
  if (query.get('list-type') !== '2') throw new S3Error('NotImplemented')
  const bucket = findBucket(store, request.bucket)
  const page = pageOf(query)
  const encode = encoderOf(query)
  const token = query.get('continuation-token')
  const from = token === undefined ? { after: query.get('start-after') ?? '' } : decodeToken(token)
  const { listed, isTruncated } = take(walk(bucket, page, from, liveVersion), page.maxKeys)
  return xmlAnswer(
    s3Document('ListBucketResult', [
      text('Name', bucket.name),
      text('Prefix', encode(page.prefix)),
      text('Delimiter', page.delimiter ? encode(page.delimiter) : undefined),
      text('MaxKeys', page.maxKeys),
      text('EncodingType', query.get('encoding-type')),
      text('StartAfter', query.has('start-after') ? encode(query.get('start-after')!) : undefined),
      text('ContinuationToken', token),
      text('NextContinuationToken', isTruncated ? encodeToken(listed.at(-1)!) : undefined),
      text('KeyCount', listed.length),
      text('IsTruncated', isTruncated),
      ...listed.map((item) => describeObject(item, encode, query.get('fetch-owner') === 'true')),
    ]),
  )
}

export async function listObjectVersions(store: Store, request: VerifiedRequest): Promise<Answer> {
  await readDocument(request)
  const { query } = request
  const bucket = findBucket(store, request.bucket)
  const page = pageOf(query)
  const encode = encoderOf(query)
  const keyMarker = query.get('key-marker') ?? ''
  const versionMarker = query.get('version-id-marker') || undefined
  const { listed, isTruncated } = take(
    walk(bucket, page, markerOf(page, keyMarker, versionMarker), allVersions),
    page.maxKeys,
  )
  const last = isTruncated ? listed.at(-1)! : undefined
  return xmlAnswer(
    s3Document('ListVersionsResult', [
      text('Name', bucket.name),
      text('Prefix', encode(page.prefix)),
      text('Delimiter', page.delimiter ? encode(page.delimiter) : undefined),
      text('KeyMarker', encode(keyMarker)),
      text('VersionIdMarker', versionMarker ?? ''),
      text('NextKeyMarker', last && encode('key' in last ? last.key : last.commonPrefix)),
      text('NextVersionIdMarker', last && 'key' in last ? last.version.versionId : undefined),
      text('MaxKeys', page.maxKeys),
      text('EncodingType', query.get('encoding-type')),
      text('IsTruncated', isTruncated),
      ...listed.map((item) => describeVersion(bucket, item, encode)),
    ]),
  )
}

function liveVersion(bucket: Bucket, key: string) {
  const version = currentVersion(bucket, key)
  return version ? [version] : []
}

function allVersions(bucket: Bucket, key: string) {
  return bucket.objects.get(key) ?? []
}

function pageOf(query: VerifiedRequest['query']): Page {
  const maxKeys = query.get('max-keys') ?? '1000'
  if (!/^[0-9]{1,9}$/.test(maxKeys)) throw new S3Error('InvalidArgument', 'max-keys must be a number')
  return {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    maxKeys: Math.min(1000, Number(maxKeys)),
  }
}

function encoderOf(query: VerifiedRequest['query']) {
  const encoding = query.get('encoding-type')
  if (encoding !== undefined && encoding !== 'url') throw new S3Error('InvalidArgument', 'Unknown encoding-type')
  return (value: string) => (encoding ? encodeURIComponent(value).replaceAll('%2F', '/') : value)
}

function encodeToken(last: Listed) {
  const point: From = 'key' in last ? { after: last.key } : { after: last.commonPrefix, afterPrefix: last.commonPrefix }
  return Buffer.from(JSON.stringify(point)).toString('base64url')
}

function decodeToken(token: string): From {
  try {
    const { after, afterPrefix } = JSON.parse(Buffer.from(token, 'base64url').toString())
    return { after: String(after), afterPrefix: afterPrefix === undefined ? undefined : String(afterPrefix) }
  } catch {
    throw new S3Error('InvalidArgument', 'The continuation token provided is incorrect')
  }
}

// A marker that is a common prefix stands for all keys below it.
function markerOf({ prefix, delimiter }: Page, keyMarker: string, afterVersion: string | undefined): From {
  const isPrefix = delimiter !== '' && keyMarker.startsWith(prefix) && keyMarker.endsWith(delimiter)
  return { after: keyMarker, afterVersion, afterPrefix: isPrefix && !afterVersion ? keyMarker : undefined }
}

type Encode = (value: string) => string

function describeObject(item: Listed, encode: Encode, withOwner: boolean) {
  if ('commonPrefix' in item) return describePrefix(item.commonPrefix, encode)
  return element('Contents', [...describeContent(item.version, encode), withOwner ? owner : ''])
}

function describeVersion(bucket: Bucket, item: Listed, encode: Encode) {
  if ('commonPrefix' in item) return describePrefix(item.commonPrefix, encode)
  const { version } = item
  const isLatest = bucket.objects.get(version.key)?.[0] === version
  const identity = [text('VersionId', version.versionId), text('IsLatest', isLatest), owner]
  if (!version.deleteMarker) return element('Version', [...describeContent(version, encode), ...identity])
  const marker = [text('Key', encode(version.key)), text('LastModified', version.modifiedAt)]
  return element('DeleteMarker', [...marker, ...identity])
}

function describePrefix(commonPrefix: string, encode: Encode) {
  return element('CommonPrefixes', [text('Prefix', encode(commonPrefix))])
}

function describeContent({ key, modifiedAt, etag, size }: Version, encode: Encode) {
  return [
    text('Key', encode(key)),
    text('LastModified', modifiedAt),
    text('ETag', etag),
    text('Size', size),
    text('StorageClass', 'STANDARD'),
  ]
}
