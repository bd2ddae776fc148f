import type { ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

export type Answer = { status: number; headers?: Record<string, string>; body?: string | Readable }

export function xmlAnswer(body: string, headers: Record<string, string> = {}): Answer {
  return { status: 200, headers: { 'content-type': 'application/xml', ...headers }, body }
}

/** Sends an answer that no browser will take for a page of ours, whatever was uploaded. */
export async function send(response: ServerResponse, { status, headers, body }: Answer) {
  const text = typeof body === 'string' ? Buffer.from(body) : undefined
  response.writeHead(status, {
    'x-content-type-options': 'nosniff',
    'content-security-policy': "sandbox; default-src 'none'",
    ...(text && { 'content-length': String(text.length) }),
    ...(status === 200 && body === undefined && { 'content-length': '0' }),
    ...headers,
  })
  if (body === undefined || text) response.end(response.req.method === 'HEAD' ? undefined : text)
  else await pipeline(body, response)
}
