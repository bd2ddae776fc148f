import type { IncomingMessage } from 'node:http'
import { S3Error } from './errors.ts'

export type S3Request = {
  method: string
  /** As it came, still escaped: this is what was signed. */
  path: string
  query: ReadonlyMap<string, string>
  headers: Readonly<Record<string, string>>
  bucket: string | undefined
  key: string | undefined
  body: IncomingMessage
}

/** Whether the caller has proved who it is; a request without any proof is anonymous. */
export type VerifiedRequest = S3Request & { anonymous: boolean }

const maxKeyBytes = 1024

/** Reads the address without normalising it: `a/../b` is a key, not a way out of the bucket. */
export function parseRequest(incoming: IncomingMessage): S3Request {
  const target = incoming.url ?? ''
  if (!/^\/[\x21-\x7e]*$/.test(target)) throw new S3Error('InvalidURI')
  const mark = target.indexOf('?')
  const path = mark < 0 ? target : target.slice(0, mark)
  const [bucket, key] = splitPath(path.slice(1))
  return {
    method: incoming.method ?? '',
    path,
    query: parseQuery(mark < 0 ? '' : target.slice(mark + 1)),
    headers: headersOf(incoming),
    bucket,
    key,
    body: incoming,
  }
}

/** Splits an escaped `bucket/key`; a copy source may have its slashes escaped too. */
export function splitPath(path: string): [bucket: string | undefined, key: string | undefined] {
  if (path === '') return [undefined, undefined]
  const plain = unescapeUri(path)
  const slash = plain.indexOf('/')
  const [bucket, key] = slash < 0 ? [plain, ''] : [plain.slice(0, slash), plain.slice(slash + 1)]
  if (bucket === '') throw new S3Error('InvalidURI')
  assertKey(key)
  return [bucket, key === '' ? undefined : key]
}

export function assertKey(key: string) {
  if (key.includes('\0')) throw new S3Error('InvalidURI')
  if (Buffer.byteLength(key) > maxKeyBytes) throw new S3Error('KeyTooLongError')
}

function unescapeUri(value: string) {
  try {
    return decodeURIComponent(value)
  } catch {
    throw new S3Error('InvalidURI')
  }
}

// A parameter given twice would let two readers of one address see two requests.
function parseQuery(search: string) {
  const query = new Map<string, string>()
  const seen = new Set<string>()
  for (const [name, value] of new URLSearchParams(search)) {
    if (seen.has(name.toLowerCase())) throw new S3Error('InvalidArgument', `${name} was given twice`)
    seen.add(name.toLowerCase())
    query.set(name, value)
  }
  return query
}

function headersOf(incoming: IncomingMessage) {
  return Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]))
}
