import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { bucketName, type ObjectPlace } from './buckets.ts'
import type { Storage } from './index.ts'

/** The life of a presigned URL that is signed now. A signature knows whole seconds. */
export function presignedLife({ settings }: Storage) {
  const signedAt = new Date(Math.floor(Date.now() / 1000) * 1000)
  return { signedAt, expiresAt: new Date(signedAt.getTime() + settings.presignedUrlSeconds * 1000) }
}
type Life = ReturnType<typeof presignedLife>

type Declared = { contentType: string; size: number; sha256: string }

/**
 * A PUT of exactly the declared bytes to a key that is still free: type, length, digest and condition are signed, so
 * that a store which checks signatures refuses anything else. What a store does not check, the completion does.
 */
export async function presignUpload(storage: Storage, place: ObjectPlace, declared: Declared, life: Life) {
  const headers = {
    'content-type': declared.contentType,
    'x-amz-checksum-sha256': Buffer.from(declared.sha256, 'hex').toString('base64'),
    'if-none-match': '*',
  }
  const command = new PutObjectCommand({
    Bucket: bucketName(storage, place.bucket),
    Key: place.key,
    ContentType: headers['content-type'],
    ContentLength: declared.size,
    ChecksumSHA256: headers['x-amz-checksum-sha256'],
    IfNoneMatch: headers['if-none-match'],
  })
  const signed = new Set(['host', 'content-length', ...Object.keys(headers)])
  const url = await getSignedUrl(storage.publicClient, command, {
    ...signingOptions(life),
    signableHeaders: signed,
    unhoistableHeaders: signed,
  })
  return { method: 'PUT', url, headers: Object.entries(headers).map(([name, value]) => ({ name, value })) }
}

type Document = { fileName: string; contentType: string; versionId: string | null }

/** A GET of one version that a browser saves and never shows, whatever the bytes are. */
export function presignDownload(storage: Storage, place: ObjectPlace, document: Document, life: Life) {
  const command = new GetObjectCommand({
    Bucket: bucketName(storage, place.bucket),
    Key: place.key,
    ...(document.versionId !== null && { VersionId: document.versionId }),
    ResponseContentDisposition: attachment(document.fileName),
    ResponseContentType: document.contentType,
    ResponseCacheControl: 'private, no-store',
  })
  return getSignedUrl(storage.publicClient, command, signingOptions(life))
}

const signingOptions = ({ signedAt, expiresAt }: Life) => ({
  signingDate: signedAt,
  expiresIn: (expiresAt.getTime() - signedAt.getTime()) / 1000,
})

/** Content-Disposition (RFC 6266): the name in ASCII for old clients, and as it is (RFC 8187). */
export function attachment(fileName: string): string {
  const ascii = fileName.replace(/[^\x20-\x7e]|["\\%]/gu, '_')
  const encoded = encodeURIComponent(fileName).replace(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`
}
