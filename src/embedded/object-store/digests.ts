import { createHash, type Hash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { S3Error } from './errors.ts'

export type Checksums = Partial<Record<(typeof checksumNames)[number], string>>

export const checksumNames = ['crc32', 'sha1', 'sha256'] as const
const digestBytes = { crc32: 4, sha1: 20, sha256: 32, md5: 16 }

/**
 * Compares a body, as it passes, with every digest that the request gave for it. What cannot be compared is refused
 * before the first byte; a body that differs is refused after the last, and must not be kept.
 */
export function createBodyCheck(headers: Readonly<Record<string, string>>) {
  const expected: Checksums = {}
  for (const name of checksumNames) {
    const value = headers[`x-amz-checksum-${name}`]
    if (value !== undefined) expected[name] = assertDigest(value, digestBytes[name])
  }
  const contentMd5 = headers['content-md5'] && assertDigest(headers['content-md5'], digestBytes.md5)
  const contentSha256 = signedContentHash(headers['x-amz-content-sha256'])

  const md5 = createHash('md5')
  const sha256 = createHash('sha256')
  const sha1 = expected.sha1 === undefined ? undefined : createHash('sha1')
  const hashes: Hash[] = sha1 ? [md5, sha256, sha1] : [md5, sha256]
  let sum = 0
  let verified: { etag: string; checksums: Checksums } | undefined

  return {
    update(chunk: Buffer) {
      for (const hash of hashes) hash.update(chunk)
      if (expected.crc32 !== undefined) sum = crc32(chunk, sum)
    },

    finish() {
      const [md5Digest, sha256Digest] = [md5.digest(), sha256.digest()]
      if (contentSha256 !== undefined && contentSha256 !== sha256Digest.toString('hex')) {
        throw new S3Error('XAmzContentSHA256Mismatch')
      }
      if (contentMd5 && contentMd5 !== md5Digest.toString('base64')) throw new S3Error('BadDigest')
      const crc = Buffer.alloc(4)
      crc.writeUInt32BE(sum)
      const actual = { crc32: crc, sha1: sha1?.digest(), sha256: sha256Digest }
      for (const name of checksumNames) {
        if (expected[name] !== undefined && expected[name] !== actual[name]?.toString('base64')) {
          throw new S3Error('BadDigest')
        }
      }
      verified = { etag: `"${md5Digest.toString('hex')}"`, checksums: expected }
    },

    digests() {
      if (!verified) throw new Error('The body has not been verified')
      return verified
    },
  }
}

function assertDigest(value: string, bytes: number) {
  const digest = Buffer.from(value, 'base64')
  if (digest.length !== bytes || digest.toString('base64') !== value) throw new S3Error('InvalidDigest')
  return value
}

function signedContentHash(value: string | undefined) {
  if (value === undefined || value === 'UNSIGNED-PAYLOAD') return undefined
  if (value.startsWith('STREAMING-')) throw new S3Error('NotImplemented', 'aws-chunked bodies are not implemented')
  if (!/^[0-9a-f]{64}$/.test(value)) throw new S3Error('InvalidArgument', 'x-amz-content-sha256 is not valid')
  return value
}
