import type { FieldFault } from '../../errors.ts'
import { lineFault } from '../input.ts'

/** What a client says of a file before it sends it. */
export type Declaration = { fileName: string; contentType: string; size: number; sha256: string }

type Accepted = { contentTypes: readonly string[]; maxBytes: number }

export const imageContentTypes = ['image/jpeg', 'image/png', 'image/webp']
export const documentContentTypes = [...imageContentTypes, 'image/heic', 'application/pdf']

const maxFileNameLength = 255

function fileNameFault(fileName: string): FieldFault | null {
  const path = 'fileName'
  if (/[/\\]/.test(fileName) || fileName === '.' || fileName === '..') return { path, message: 'Must not be a path.' }
  return lineFault(path, fileName, maxFileNameLength)
}

function contentTypeFault(contentType: string, accepted: readonly string[]): FieldFault | null {
  if (accepted.includes(contentType)) return null
  const why = contentType.startsWith('image/svg') ? ' An SVG can run scripts in whoever looks at it.' : ''
  return { path: 'contentType', message: `Must be one of ${accepted.join(', ')}.${why}` }
}

export function declarationFaults(declared: Declaration, { contentTypes, maxBytes }: Accepted): (FieldFault | null)[] {
  const { fileName, contentType, size, sha256 } = declared
  return [
    fileNameFault(fileName),
    contentTypeFault(contentType, contentTypes),
    size >= 1 && size <= maxBytes ? null : { path: 'size', message: `Must be from 1 to ${maxBytes} bytes.` },
    /^[0-9a-f]{64}$/i.test(sha256) ? null : { path: 'sha256', message: 'Must be 64 hexadecimal digits.' },
  ]
}
