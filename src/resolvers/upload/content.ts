import { subtle } from 'node:crypto'
import { fileTypeFromBuffer } from 'file-type'
import type { FieldFault } from '../../errors.ts'

type Declared = { contentType: string; size: number; sha256: string }
type Found = { size: number; bytes: Buffer | null }

/** Where an uploaded object is not what was declared. `bytes` is null when there are more than were declared. */
export async function contentFaults(declared: Declared, { size, bytes }: Found): Promise<(FieldFault | null)[]> {
  const sizeFault =
    size === declared.size
      ? null
      : { path: 'size', message: `${declared.size} bytes were declared, ${size} were uploaded.` }
  if (!bytes) return [sizeFault]
  const [sha256, contentType] = await Promise.all([digest(bytes), contentTypeOf(bytes)])
  return [
    sizeFault,
    sha256 === declared.sha256
      ? null
      : { path: 'sha256', message: `The bytes that were uploaded have the digest ${sha256}.` },
    contentType === declared.contentType
      ? null
      : { path: 'contentType', message: `${declared.contentType} was declared, the bytes are ${contentType}.` },
  ]
}

/** Off the main thread: 10 MiB would hold it for tens of milliseconds. */
const digest = async (bytes: Buffer) =>
  Buffer.from(await subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)).toString('hex')

/** How JPEG, PNG, RIFF, HEIF and PDF begin. Archives are not even looked into: they can be made to unpack for ever. */
const acceptedBeginnings = /^(\xff\xd8\xff|\x89PNG|RIFF|.{4}ftyp|%PDF-)/s

async function contentTypeOf(bytes: Buffer): Promise<string> {
  if (!acceptedBeginnings.test(bytes.toString('latin1', 0, 16))) return 'of no accepted type'
  const found = (await fileTypeFromBuffer(bytes))?.mime
  return found === 'image/heif' && isHeic(bytes) ? 'image/heic' : (found ?? 'of no accepted type')
}

/** Android's cameras name `mif1` as the major brand of a HEIC file, and `heic` among those that it is compatible with. */
function isHeic(bytes: Buffer): boolean {
  const brands = bytes.toString('latin1', 16, Math.min(bytes.readUInt32BE(0), 256))
  return /^(....)*?(heic|heix)/s.test(brands)
}
