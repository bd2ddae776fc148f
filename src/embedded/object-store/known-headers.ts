import { S3Error } from './errors.ts'
import type { VerifiedRequest } from './request.ts'

const known = new Set([
  'x-amz-bucket-object-lock-enabled',
  'x-amz-bypass-governance-retention',
  'x-amz-checksum-crc32',
  'x-amz-checksum-mode',
  'x-amz-checksum-sha1',
  'x-amz-checksum-sha256',
  'x-amz-content-sha256',
  'x-amz-copy-source',
  'x-amz-copy-source-if-match',
  'x-amz-copy-source-if-modified-since',
  'x-amz-copy-source-if-none-match',
  'x-amz-copy-source-if-unmodified-since',
  'x-amz-date',
  'x-amz-metadata-directive',
  'x-amz-object-lock-mode',
  'x-amz-object-lock-retain-until-date',
  'x-amz-sdk-checksum-algorithm',
  'x-amz-user-agent',
])

// Headers of which one wish is granted: it is what this store does in any case.
const granted: Record<string, readonly string[]> = {
  'x-amz-acl': ['private', 'bucket-owner-full-control'],
  'x-amz-checksum-type': ['FULL_OBJECT'],
  'x-amz-object-ownership': ['BucketOwnerEnforced'],
  'x-amz-server-side-encryption': ['AES256'],
  'x-amz-storage-class': ['STANDARD'],
}

/** A wish that would be dropped in silence (a tag, a customer's key, an ACL) is refused by name. */
export function assertKnownHeaders({ headers }: VerifiedRequest) {
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith('x-amz-') || name.startsWith('x-amz-meta-') || known.has(name)) continue
    if (granted[name]?.includes(value)) continue
    if (name === 'x-amz-acl') throw new S3Error('AccessControlListNotSupported')
    throw new S3Error('NotImplemented', `${name} is not implemented, or not with this value`)
  }
}
