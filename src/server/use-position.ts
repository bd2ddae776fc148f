import type { Plugin } from 'graphql-yoga'
import type { Context } from '../context.ts'
import { encodeCursor } from '../log/cursor.ts'
import type { Request } from './yoga.ts'

export const positionName = 'x-gatehouse-position'
const cookieSeconds = 5

/** A mutation's answer says where it wrote, so that the next query, on any process, can be asked to have read it. */
export const usePosition = (): Plugin<object, Request & Partial<Context>> => ({
  onExecutionResult({ context: { res, written, services } }) {
    if (!res || !written || !services || Object.keys(written).length === 0) return
    const position = encodeCursor(written)
    const secure = services.publicUrl.startsWith('https:') ? '; Secure' : ''
    res.setHeader(positionName, position)
    res.appendHeader(
      'set-cookie',
      `${positionName}=${position}; Path=/; Max-Age=${cookieSeconds}; HttpOnly; SameSite=Lax${secure}`,
    )
  },
})
