import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { createGunzip, gzip } from 'node:zlib'

const compress = promisify(gzip)

export type Page = { etag: string; gzipped: Buffer; contentSecurityPolicy: string }

const read = (name: string) => readFile(new URL(`./pages/${name}`, import.meta.url), 'utf8')

/** The mark of the house, as an address that needs no request. */
export const icon = async () => `data:image/svg+xml,${encodeURIComponent(await read('icon.svg'))}`

/** A part of a page that lies beside this file. */
export const pagePart = async (name: string) => (await read(name)).replaceAll('%icon%', await icon())

/**
 * Compressed once, off the event loop. The policy allows the scripts and styles that are in the page, by their digests,
 * and no other: what a script of somebody else would put into it does not run.
 */
export async function createPage(html: string, directives: Record<string, string> = {}): Promise<Page> {
  const digestsOf = (tag: string) =>
    [...html.matchAll(new RegExp(`<${tag}>([^]*?)</${tag}>`, 'g'))].map(([, text]) => `'sha256-${sha256(text ?? '')}'`)
  const policy: Record<string, string> = {
    'default-src': "'none'",
    'script-src': digestsOf('script').join(' ') || "'none'",
    'style-src': digestsOf('style').join(' ') || "'none'",
    'img-src': "'self' data:",
    'base-uri': "'none'",
    'form-action': "'self'",
    'frame-ancestors': "'none'",
    ...directives,
  }
  return {
    etag: `"${sha256(html).slice(0, 32)}"`,
    gzipped: await compress(html, { level: 6 }),
    contentSecurityPolicy: Object.entries(policy)
      .flatMap(([name, value]) => `${name} ${value}`)
      .join('; '),
  }
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('base64')

export function sendPage(req: IncomingMessage, res: ServerResponse, page: Page) {
  res.setHeader('etag', page.etag)
  res.setHeader('cache-control', 'no-cache')
  res.setHeader('content-security-policy', page.contentSecurityPolicy)
  res.appendHeader('vary', ['origin', 'accept', 'accept-encoding'])
  if (req.headers['if-none-match']?.includes(page.etag)) return res.writeHead(304).end()
  res.setHeader('content-type', 'text/html; charset=utf-8')
  if (req.method === 'HEAD') return res.writeHead(200).end()
  if (/\bgzip\b/.test(String(req.headers['accept-encoding']))) {
    res.writeHead(200, { 'content-encoding': 'gzip', 'content-length': page.gzipped.length })
    return res.end(page.gzipped)
  }
  // No browser asks for it so; keeping the page a second time is not worth it.
  const plain = createGunzip()
  plain.pipe(res.writeHead(200))
  plain.end(page.gzipped)
}
