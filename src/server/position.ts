import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import type { Context } from '../context.ts'
import { type Cursor, decodeCursor, encodeCursor } from '../log/cursor.ts'

export const positionName = 'x-gatehouse-position'
const cookieSeconds = 5

const inCookies = new RegExp(`(?:^|;\\s*)${positionName}=([\\w-]+)`)

/** What whoever asks has written or seen before; nothing, for what is no position of ours. */
export function positionOf(headers: IncomingHttpHeaders): Cursor | undefined {
  const given = headers[positionName] ?? inCookies.exec(headers.cookie ?? '')?.[1]
  if (typeof given !== 'string') return undefined
  try {
    return decodeCursor(given)
  } catch {
    return undefined
  }
}

/** A mutation's answer says where it wrote, so that the next query, on any process, can be asked to have read it. */
export function tellPosition(res: ServerResponse, { written, services }: Context) {
  if (Object.keys(written).length === 0) return
  const position = encodeCursor(written)
  const secure = services.publicUrl.startsWith('https:') ? '; Secure' : ''
  res.setHeader(positionName, position)
  res.appendHeader(
    'set-cookie',
    `${positionName}=${position}; Path=/; Max-Age=${cookieSeconds}; HttpOnly; SameSite=Lax${secure}`,
  )
}
