import type { KycDocumentType } from '../../db/schema/document.ts'
import type { FieldFault } from '../../errors.ts'
import { lineFault } from '../input.ts'

/** What a client says of a file before it sends it. */
export type Declaration = {
  documentType: KycDocumentType
  fileName: string
  contentType: string
  size: number
  sha256: string
}

const documentContentTypes = ['image/jpeg', 'image/png', 'image/webp', 'image/heic', 'application/pdf']

const maxFileNameLength = 255

function fileNameFault(fileName: string): FieldFault | null {
  const path = 'fileName'
  if (/[/\\]/.test(fileName) || fileName === '.' || fileName === '..') return { path, message: 'Must not be a path.' }
  return lineFault(path, fileName, maxFileNameLength)
}

export function declarationFaults(declared: Declaration, maxBytes: number): (FieldFault | null)[] {
  const { fileName, contentType, size, sha256 } = declared
  return [
    fileNameFault(fileName),
    documentContentTypes.includes(contentType)
      ? null
      : { path: 'contentType', message: `Must be one of ${documentContentTypes.join(', ')}.` },
    size >= 1 && size <= maxBytes ? null : { path: 'size', message: `Must be from 1 to ${maxBytes} bytes.` },
    /^[0-9a-f]{64}$/i.test(sha256) ? null : { path: 'sha256', message: 'Must be 64 hexadecimal digits.' },
  ]
}
