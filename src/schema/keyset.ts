import { type Column, type SQL, sql } from 'drizzle-orm'
import { BadUserInputError, type FieldFault } from '../errors.ts'
import { nounOf } from '../ids.ts'
import { defaultPageSize, maxPageSize } from './builder.ts'
import { isInstant } from './instant.ts'

export type PageArgs = {
  first?: number | null | undefined
  after?: string | null | undefined
  last?: number | null | undefined
  before?: string | null | undefined
}
/** By a moment, then by id. A row without the moment (`sparse`) comes as PostgreSQL puts it: last going up, first going down. */
export type KeysetOrder = { column: string; direction: 'asc' | 'desc'; sparse?: true }
/** `at` as RFC 3339. */
export type Key = { at: string | null; id: string }

export type Page = ReturnType<typeof pageOf>

/** What part of a list is asked for (Relay Cursor Connections); BAD_USER_INPUT for what is no page. */
export function pageOf({ first, after, last, before }: PageArgs) {
  const faults: FieldFault[] = Object.entries({ first, last }).flatMap(([path, size]) => {
    if (size == null || (size >= 1 && size <= maxPageSize)) return []
    return [{ path, message: `Must be from 1 to ${maxPageSize}.` }]
  })
  if (first != null && last != null) faults.push({ path: 'last', message: 'Goes without `first`.' })
  if (faults.length > 0) throw new BadUserInputError(faults)
  const backward = last != null || (first == null && before != null && after == null)
  return { size: last ?? first ?? defaultPageSize, backward, after: after ?? null, before: before ?? null }
}

/** A Relay connection of the rows found: where `pageInfo` is asked for one more than the page has room for, read from the side where the page begins. */
export function connectionOf<Row>(found: Row[], page: Page, cursorOf: (row: Row) => string) {
  const { size, backward, after, before } = page
  const more = found.length > size
  const rows = backward ? found.slice(0, size).reverse() : found.slice(0, size)
  const edges = rows.map((node) => new Edge(node, cursorOf))
  return {
    edges,
    pageInfo: {
      hasNextPage: before !== null || (!backward && more),
      hasPreviousPage: after !== null || (backward && more),
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  }
}

/** Who asks for `nodes` alone has no cursors made for them. */
class Edge<Row> {
  readonly node: Row
  readonly #cursorOf: (row: Row) => string

  constructor(node: Row, cursorOf: (row: Row) => string) {
    this.node = node
    this.#cursorOf = cursorOf
  }

  get cursor(): string {
    return this.#cursorOf(this.node)
  }
}

export const encodeKey = ({ column }: KeysetOrder, { at, id }: { at: Date | null; id: string }) =>
  Buffer.from(JSON.stringify([column, at?.getTime() ?? null, id])).toString('base64url')

/** BAD_USER_INPUT for what is no cursor of a list in this order. */
export function decodeKey(order: KeysetOrder, cursor: string, path: string): Key {
  try {
    const [column, at, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    if (column !== order.column || nounOf(id) === null || !(at === null ? order.sparse : isInstant(at)))
      throw new Error()
    return { at: at === null ? null : new Date(at).toISOString(), id }
  } catch {
    throw new BadUserInputError([{ path, message: 'This is not a cursor of this list.' }])
  }
}

/** The rows that come after a key, going up or down; null moments are greater than all others, as in the index. */
export function beyond(at: Column, id: Column, key: Key, direction: 'asc' | 'desc'): SQL {
  if (direction === 'desc') {
    if (key.at === null) return sql`((${at} is null and ${id} < ${key.id}) or ${at} is not null)`
    return sql`(${at}, ${id}) < (${key.at}::timestamptz, ${key.id})`
  }
  if (key.at === null) return sql`(${at} is null and ${id} > ${key.id})`
  return sql`((${at}, ${id}) > (${key.at}::timestamptz, ${key.id}) or ${at} is null)`
}
