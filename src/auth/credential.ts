import { createHmac, timingSafeEqual } from 'node:crypto'
import { isApiKey } from './api-key.ts'
import { cookiePrefix } from './index.ts'

/**
 * How a request says who it is: an API key or the token of a session, told apart by their form. The empty token is
 * nobody's. `ambient`: the browser sent it by itself, so the request's origin must be trusted.
 */
export type Credential = { token: string; ambient: boolean }

export const apiKeyHeader = 'x-api-key'
type HeaderSource = {
  authorization?: string | undefined
  cookie?: string | undefined
  [apiKeyHeader]?: string | string[] | undefined
}

/**
 * The API key of a request; else the token of its session: `Authorization: Bearer`, else the cookie, whose signature is
 * checked before any look-up. A key, good or bad, stands alone: what rides along with it does not make the request a user's.
 */
export function credentialOf(headers: HeaderSource, secret: string): Credential | null {
  if (headers[apiKeyHeader] !== undefined) {
    const key = String(headers[apiKeyHeader])
    return { token: isApiKey(key) ? key : '', ambient: false }
  }
  const bearer = /^bearer\s+(\S+)$/i.exec(headers.authorization ?? '')?.[1]
  if (bearer) {
    const token = decode(bearer)
    if (isApiKey(token)) return { token: '', ambient: false }
    // Better Auth hands out the token alone and the token with its signature.
    return { token: token.includes('.') ? (verified(token, secret) ?? '') : token, ambient: false }
  }
  const signed = cookieValue(headers.cookie ?? '')
  const token = signed && verified(decode(signed), secret)
  return token ? { token, ambient: true } : null
}

const cookiePattern = new RegExp(`(?:^|;\\s*)(?:__Secure-)?${cookiePrefix}\\.session_token=([^;]+)`)
const cookieValue = (cookies: string) => cookiePattern.exec(cookies)?.[1]

function decode(value: string) {
  if (!value.includes('%')) return value
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

function verified(signedToken: string, secret: string): string | null {
  const separator = signedToken.lastIndexOf('.')
  const token = signedToken.slice(0, separator)
  const expected = createHmac('sha256', secret).update(token).digest()
  const given = Buffer.from(signedToken.slice(separator + 1), 'base64')
  return given.length === expected.length && timingSafeEqual(given, expected) ? token : null
}
