import type { ServerResponse } from 'node:http'
import type { Context } from '../context.ts'
import { encodeCursor } from '../log/cursor.ts'

export const positionName = 'x-gatehouse-position'
const cookieSeconds = 5

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
