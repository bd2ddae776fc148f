import { userId } from './data.ts'
import type { Draw } from './workloads.ts'

/** A request that is sent again and again, the characters from `at` on drawn anew. */
export type Wire = { bytes: Buffer; at: number; draw: Draw }

type Options = {
  host: string
  query: string
  variable: string
  value: string
  headers: Record<string, string>
  draw: Draw
}

/** A whole HTTP request. */
export function createWire({ host, query, variable, value, headers, draw }: Options): Wire {
  const body = JSON.stringify({ query, variables: { [variable]: value } })
  const lines = {
    host,
    'content-type': 'application/json',
    accept: 'application/json',
    'content-length': Buffer.byteLength(body),
    ...headers,
  }
  const head = Object.entries(lines).map(([name, text]) => `${name}: ${text}\r\n`)
  const bytes = Buffer.from(`POST /graphql HTTP/1.1\r\n${head.join('')}\r\n${body}`)
  return { bytes, at: bytes.lastIndexOf(value), draw }
}

/** Another value of the same length. */
export function drawInto({ bytes, at, draw }: Wire) {
  if (draw === null) return
  bytes.write(drawn(draw), at, 'latin1')
}

function drawn(draw: NonNullable<Draw>): string {
  if (draw.kind === 'user') return userId(1 + Math.floor(Math.random() * draw.users))
  return new Date(draw.fromMs + Math.random() * (draw.toMs - draw.fromMs)).toISOString()
}
