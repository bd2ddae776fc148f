import { createHmac, timingSafeEqual } from 'node:crypto'
import { cookiePrefix } from './index.ts'

/** How a request says who it is. `ambient`: the browser sent it by itself, so the request's origin must be trusted. */
export type Credential = { token: string; ambient: boolean }

type HeaderSource = { authorization?: string | undefined; cookie?: string | undefined }

/** The session token of a request: `Authorization: Bearer`, else the cookie, whose signature is checked before any look-up. */
export function credentialOf(headers: HeaderSource, secret: string): Credential | null {
  const bearer = /^bearer\s+(\S+)$/i.exec(headers.authorization ?? '')?.[1]
  if (bearer) {
    const token = decode(bearer)
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
