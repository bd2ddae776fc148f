import { type Column, type SQL, sql } from 'drizzle-orm'
import { BadUserInputError, type FieldFault } from '../errors.ts'
import { defaultPageSize, maxPageSize } from './builder.ts'

export type PageArgs = {
  first?: number | null | undefined
  after?: string | null | undefined
  last?: number | null | undefined
  before?: string | null | undefined
}
/** By a moment, then by id. A row without the moment comes as PostgreSQL puts it: last going up, first going down. */
export type KeysetOrder = { column: string; direction: 'asc' | 'desc' }
type Key = { at: Date | null; id: string }

/** A page's size and direction; BAD_USER_INPUT for what is no page. */
export function pageOf(args: PageArgs) {
  const faults: FieldFault[] = (['first', 'last'] as const).flatMap((path) => {
    const size = args[path]
    if (size == null || (size >= 1 && size <= maxPageSize)) return []
    return [{ path, message: `Must be from 1 to ${maxPageSize}.` }]
  })
  if (args.first != null && args.last != null) faults.push({ path: 'last', message: 'Goes without `first`.' })
  if (args.after && args.before) faults.push({ path: 'before', message: 'Goes without `after`.' })
  if (faults.length > 0) throw new BadUserInputError(faults)
  const backward = args.last != null || (args.before != null && args.first == null)
  return { size: args.last ?? args.first ?? defaultPageSize, backward, cursor: args.after ?? args.before ?? null }
}

export const encodeKey = ({ column }: KeysetOrder, { at, id }: Key) =>
  Buffer.from(JSON.stringify([column, at?.getTime() ?? null, id])).toString('base64url')

/** BAD_USER_INPUT for what is no cursor of a list in this order. */
export function decodeKey(order: KeysetOrder, cursor: string, path: string): Key {
  try {
    const [column, at, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    if (column !== order.column || typeof id !== 'string' || !(at === null || Number.isSafeInteger(at)))
      throw new Error()
    return { at: at === null ? null : new Date(at), id }
  } catch {
    throw new BadUserInputError([{ path, message: 'This is not a cursor of this list.' }])
  }
}

/** The rows that come after a key, going up or down; null moments are greater than all others, as in the index. */
export function beyond(at: Column, id: Column, key: Key, direction: 'asc' | 'desc'): SQL {
  if (direction === 'desc') {
    if (key.at === null) return sql`((${at} is null and ${id} < ${key.id}) or ${at} is not null)`
    return sql`(${at}, ${id}) < (${key.at.toISOString()}::timestamptz, ${key.id})`
  }
  if (key.at === null) return sql`(${at} is null and ${id} > ${key.id})`
  return sql`((${at}, ${id}) > (${key.at.toISOString()}::timestamptz, ${key.id}) or ${at} is null)`
}
