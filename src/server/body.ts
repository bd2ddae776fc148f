import type { IncomingMessage } from 'node:http'
import { AppError } from '../errors.ts'

const tooLarge = (maxBytes: number) =>
  new AppError('PAYLOAD_TOO_LARGE', `The body of a request is at most ${maxBytes} bytes.`)

/** The whole body, at most so many bytes: PAYLOAD_TOO_LARGE by what it says it is, else as soon as it has shown. */
export function readBody(req: IncomingMessage, maxBytes: number): Promise<string> {
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
    let isWhole = false
    req.on('data', take)
    // Comes after every request.
    req.on('close', () => {
      if (!isWhole) reject(new AppError('BAD_USER_INPUT', 'The body of the request did not come whole.'))
    })
    req.on('end', () => {
      isWhole = true
      const [first] = chunks
      resolve(chunks.length === 1 ? first!.toString() : Buffer.concat(chunks).toString())
    })
  })
}
