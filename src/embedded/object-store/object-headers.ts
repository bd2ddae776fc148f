import { validateHeaderValue } from 'node:http'
import { checksumNames } from './digests.ts'
import { S3Error } from './errors.ts'
import type { S3Request } from './request.ts'
import type { Bucket, Version } from './state.ts'
import { versionHeader } from './versions.ts'

type Headers = Readonly<Record<string, string>>

const kept = ['content-type', 'cache-control', 'content-disposition', 'content-encoding', 'content-language', 'expires']
const maxMetadataBytes = 2048

/** All bytes at rest are encrypted, so every answer about an object may say so. */
export const encryptionHeader = { 'x-amz-server-side-encryption': 'AES256' }

/** The headers of a write that come back with each read. */
export function storedHeaders(headers: Headers) {
  const stored: Record<string, string> = { 'content-type': 'binary/octet-stream' }
  let metadataBytes = 0
  for (const [name, value] of Object.entries(headers)) {
    if (kept.includes(name)) stored[name] = value
    if (!name.startsWith('x-amz-meta-')) continue
    stored[name] = headerValue(name, value)
    metadataBytes += name.length - 'x-amz-meta-'.length + value.length
  }
  if (metadataBytes > maxMetadataBytes) throw new S3Error('MetadataTooLarge')
  if (stored['content-encoding']?.includes('aws-chunked')) {
    throw new S3Error('NotImplemented', 'aws-chunked bodies are not implemented')
  }
  return stored
}

/** What a read tells of a version, with the changes that a signed request may ask for. */
export function describe(bucket: Bucket, version: Version, { headers, query }: S3Request) {
  const overrides: Record<string, string> = {}
  for (const name of kept) {
    const value = query.get(`response-${name}`)
    if (value !== undefined) overrides[name] = headerValue(name, value)
  }
  return {
    ...version.headers,
    ...overrides,
    etag: version.etag,
    'last-modified': new Date(version.modifiedAt).toUTCString(),
    'accept-ranges': 'bytes',
    'content-length': String(version.size),
    ...encryptionHeader,
    ...versionHeader(bucket, version.versionId),
    ...(version.retention && {
      'x-amz-object-lock-mode': version.retention.mode,
      'x-amz-object-lock-retain-until-date': version.retention.until,
    }),
    ...(version.legalHold && { 'x-amz-object-lock-legal-hold': 'ON' }),
    ...(headers['x-amz-checksum-mode']?.toUpperCase() === 'ENABLED' && checksumHeaders(version)),
  }
}

export function checksumHeaders({ checksums }: Pick<Version, 'checksums'>) {
  const headers: Record<string, string> = {}
  for (const name of checksumNames) if (checksums[name]) headers[`x-amz-checksum-${name}`] = checksums[name]
  return Object.keys(headers).length > 0 ? { ...headers, 'x-amz-checksum-type': 'FULL_OBJECT' } : headers
}

function headerValue(name: string, value: string) {
  try {
    validateHeaderValue(name, value)
    return value
  } catch {
    throw new S3Error('InvalidArgument', `${name} holds what a header cannot`)
  }
}
