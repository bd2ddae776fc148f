import type { IncomingMessage } from 'node:http'
import { AppError } from '../errors.ts'

const tooLarge = (maxBytes: number) =>
  new AppError('PAYLOAD_TOO_LARGE', `The body of a request is at most ${maxBytes} bytes.`)

/** The whole body, at most so many bytes: PAYLOAD_TOO_LARGE by what it says it is, else as soon as it has shown. */
export async function readBody(req: IncomingMessage, maxBytes: number): Promise<string> {
  if (Number(req.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes)
  const chunks: Buffer[] = []
  let bytes = 0
  return new Promise((resolve, reject) => {
    const take = (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= maxBytes) return chunks.push(chunk)
      req.off('data', take)
      reject(tooLarge(maxBytes))
    }
    // Comes after every request: an error for each would cost more than to read most bodies.
    const broken = () => reject(new AppError('BAD_USER_INPUT', 'The body of the request did not come whole.'))
    req.on('data', take)
    req.on('close', broken)
    req.on('end', () => {
      req.off('close', broken)
      const [first] = chunks
      resolve(chunks.length === 1 ? first!.toString() : Buffer.concat(chunks).toString())
    })
  })
}
