import { createBodyCheck } from './digests.ts'
import { S3Error } from './errors.ts'
import type { S3Request } from './request.ts'

const maxDocumentBytes = 2 * 1024 * 1024

/** The length that the sender promised. Without one a body that breaks off could not be told from a whole one. */
export function declaredLength({ headers }: S3Request, maxBytes: number) {
  if (headers['transfer-encoding'] !== undefined || headers['content-length'] === undefined) {
    throw new S3Error('MissingContentLength')
  }
  const length = Number(headers['content-length'])
  if (length > maxBytes) throw new S3Error('EntityTooLarge')
  return length
}

/** Reads the small body of any request but an upload (a document, or nothing) and checks its digests. */
export async function readDocument(request: S3Request) {
  const { headers } = request
  const check = createBodyCheck(headers)
  const isEmpty = headers['content-length'] === undefined && headers['transfer-encoding'] === undefined
  const length = isEmpty ? 0 : declaredLength(request, maxDocumentBytes)
  const chunks: Buffer[] = []
  if (length > 0) for await (const chunk of wholeBody(request, length)) chunks.push(chunk)
  const body = Buffer.concat(chunks)
  check.update(body)
  check.finish()
  return body.toString()
}

/** The body's chunks; throws unless exactly the promised number of bytes came. */
export async function* wholeBody(request: S3Request, length: number): AsyncGenerator<Buffer> {
  let received = 0
  try {
    for await (const chunk of request.body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      received += chunk.length
      yield chunk
    }
  } catch {
    // A connection that broke off shows in the count.
  }
  if (received !== length) throw new S3Error('IncompleteBody')
}
