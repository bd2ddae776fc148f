import { userId } from './data.ts'
import type { Draw } from './workloads.ts'

/** A request that is sent again and again; with a draw the value and the number in it are others each time. */
export type Wire = { bytes: Buffer; at: number; numberAt: number; draw: Draw }

type Options = {
  host: string
  query: string
  variable: string
  value: string
  headers: Record<string, string>
  draw: Draw
}

const numberDigits = 12
export const noStore = { 'cache-control': 'no-store' }

/** A whole HTTP request. What is drawn must not come from a cache: it says so, and no two are alike. */
export function createWire({ host, query, variable, value, headers, draw }: Options): Wire {
  const number = '0'.repeat(numberDigits)
  // A variable that no operation declares changes nothing but the text of the request.
  const body = JSON.stringify({ query, variables: { [variable]: value, ...(draw ? { number } : {}) } })
  const lines = {
    host,
    'content-type': 'application/json',
    accept: 'application/json',
    'content-length': Buffer.byteLength(body),
    ...(draw ? noStore : {}),
    ...headers,
  }
  const head = Object.entries(lines).map(([name, text]) => `${name}: ${text}\r\n`)
  const bytes = Buffer.from(`POST /graphql HTTP/1.1\r\n${head.join('')}\r\n${body}`)
  return { bytes, at: bytes.lastIndexOf(value), numberAt: bytes.lastIndexOf(number), draw }
}

let last = 0

export function drawInto({ bytes, at, numberAt, draw }: Wire) {
  if (draw === null) return
  last += 1
  bytes.write(valueAt(draw, Math.random()), at, 'latin1')
  bytes.write(String(last).padStart(numberDigits, '0'), numberAt, 'latin1')
}

/** One of those that may be drawn, by its share of the way from the first to the last; always as many characters. */
export function valueAt(draw: NonNullable<Draw>, share: number): string {
  if (draw.kind === 'user') return userId(1 + Math.floor(share * (draw.users - 1)))
  return new Date(draw.fromMs + share * (draw.toMs - draw.fromMs)).toISOString()
}
