import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import type { Context } from '../context.ts'
import type { Stream } from '../db/schema/event.ts'
import { type Cursor, decodeCursor, encodeCursor, type Place } from '../log/cursor.ts'
import type { Services } from '../services.ts'

export const positionName = 'x-gatehouse-position'
const cookieSeconds = 5

const inCookies = new RegExp(`(?:^|;\\s*)${positionName}=([\\w-]+)`)

/**
 * What whoever asks has written or seen before. What is no position of ours says nothing, and is nobody's fault: a
 * browser sends the cookie by itself, beside what its page says in the header.
 */
export function positionOf({ [positionName]: given, cookie }: IncomingHttpHeaders): Cursor | undefined {
  const kept = cookie?.includes(positionName) ? inCookies.exec(cookie)?.[1] : undefined
  if (given === undefined && kept === undefined) return undefined
  const found: Cursor = {}
  for (const text of [given, kept]) {
    for (const [stream, place] of Object.entries(placesIn(text)) as [Stream, Place][]) {
      if (place.position > (found[stream]?.position ?? -1)) found[stream] = place
    }
  }
  return found
}

function placesIn(text: unknown): Cursor {
  try {
    return typeof text === 'string' ? decodeCursor(text) : {}
  } catch {
    return {}
  }
}

/** A mutation's answer says where it wrote, so that the next query, on any process, can be asked to have read it. */
export function tellPosition(
  res: ServerResponse,
  { written, services }: Pick<Context, 'written'> & { services: Pick<Services, 'publicUrl'> },
) {
  if (Object.keys(written).length === 0) return
  const position = encodeCursor(written)
  const secure = services.publicUrl.startsWith('https:') ? '; Secure' : ''
  res.setHeader(positionName, position)
  res.appendHeader(
    'set-cookie',
    `${positionName}=${position}; Path=/; Max-Age=${cookieSeconds}; HttpOnly; SameSite=Lax${secure}`,
  )
}
