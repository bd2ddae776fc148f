import { and, asc, type Column, desc, type SQL, sql } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import type { GraphQLResolveInfo } from 'graphql'
import type { Context } from '../context.ts'
import type { Viewer } from '../permissions.ts'
import { requestScope } from '../request-scope.ts'
import {
  beyond,
  connectionOf,
  decodeKey,
  encodeKey,
  type Key,
  type KeysetOrder,
  type Page,
  type PageArgs,
  pageOf,
} from './keyset.ts'
import { readRows, type TableName, type Values, whenBound } from './read/index.ts'
import { selects } from './selects.ts'

/** A filter over a table of a query, which may go by an alias there. */
type Filter<Table> = (table: Table) => SQL | undefined
type Keyed = PgTable & { id: Column }
type KeyedRow = { id: string }
/** `rows`: how many to read at most. */
type Bounds = Pick<Page, 'backward'> & { rows: number; after: Key | null; before: Key | null }

/** Where the nodes of a connection are selected. */
const paths = [['nodes'], ['edges', 'node']]

type Options<Table, V extends Values, L extends object> = {
  ctx: Context
  info: GraphQLResolveInfo
  table: TableName
  columns: Table
  typeName: string
  args: PageArgs
  filter: { values: V; literals: L }
  where: (viewer: Viewer, values: V, literals: L) => Filter<Table>
  order: KeysetOrder
}

/** A Relay connection over a table: one SQL statement for the page and what was selected of its nodes, one more for `totalCount` if asked for. */
export async function keysetConnection<Table extends Keyed, V extends Values, L extends object>({
  filter,
  where,
  ...options
}: Options<Table, V, L>) {
  const { ctx, info, table, columns, typeName, args, order } = options
  const page = pageOf(args)
  const after = page.after === null ? null : decodeKey(order, page.after, 'after')
  const before = page.before === null ? null : decodeKey(order, page.before, 'before')
  const { backward } = page
  // Whether there is more is seen by one more, which is read with all that is selected of it.
  const rows = selects(info, 'pageInfo') ? page.size + 1 : page.size

  const found = await readRows({
    ctx,
    info,
    table,
    typeName,
    paths,
    values: {
      ...filter.values,
      afterAt: after?.at ?? null,
      afterId: after?.id ?? null,
      beforeAt: before?.at ?? null,
      beforeId: before?.id ?? null,
    },
    literals: { ...filter.literals, order, backward, rows },
    query({ afterAt, afterId, beforeAt, beforeId, ...values }, viewer, { order, backward, rows, ...literals }) {
      const bounds = { backward, rows, after: keyOf(afterAt, afterId), before: keyOf(beforeAt, beforeId) }
      return pageConditions(order, bounds, where(viewer, values as unknown as V, literals as unknown as L))
    },
  })
  return {
    ...connectionOf(found as KeyedRow[], page, cursorIn(order)),
    totalCount: () =>
      requestScope.run(ctx.requestId, async () =>
        ctx.db.$count(columns, where(ctx.viewer, filter.values, filter.literals)(columns)),
      ),
  }
}

type Nested<Table> = {
  ctx: Context
  args: PageArgs
  order: KeysetOrder
  visible: (viewer: Viewer) => Filter<Table>
}
type NestedSelection = (conditions: object, beneath: never) => unknown

/** What a connection over a relation selects of its parent. In a plan its cursors are read when it runs. */
export function nestedPage<Table extends Keyed>(
  nested: Nested<Table>,
  nestedSelection: NestedSelection,
  typeName: string,
) {
  const beneath = { getType: () => typeName, paths: paths.map((path) => path.map((name) => ({ name }))) }
  return nestedSelection(nestedConditions(nested), beneath as never) as object
}

type Known = { nested: Nested<never>; conditions: object }
/** By request, or by plan: plugin-drizzle tells functions apart, and would read a page twice that is asked for in two fragments. */
const conditionsOf = new WeakMap<Context, Known[]>()

function nestedConditions<Table extends Keyed>(nested: Nested<Table>): object {
  const { ctx, args, order, visible } = nested
  const known = conditionsOf.get(ctx) ?? []
  conditionsOf.set(ctx, known)
  const isSame = (other: Known['nested']) =>
    other.order === order &&
    (other.visible as unknown) === visible &&
    (['first', 'after', 'last', 'before'] as const).every((name) => other.args[name] === args[name])
  const found = known.find((one) => isSame(one.nested))
  if (found) return found.conditions

  const page = pageOf(args)
  const keyAt = (cursor: string | null, path: string): Key | null =>
    cursor === null
      ? null
      : {
          at: whenBound(cursor, (cursor) => decodeKey(order, cursor, path).at),
          id: whenBound(cursor, (cursor) => decodeKey(order, cursor, path).id),
        }
  const after = keyAt(page.after, 'after')
  const before = keyAt(page.before, 'before')
  const bounds = { backward: page.backward, rows: page.size + 1, after, before }
  const conditions = pageConditions(order, bounds, visible(ctx.viewer))
  known.push({ nested, conditions })
  return conditions
}

/** The connection of what `nestedPage` has selected. */
export const nestedConnection = (args: PageArgs, order: KeysetOrder, rows: KeyedRow[]) =>
  connectionOf(rows, pageOf(args), cursorIn(order))

function pageConditions<Table extends Keyed>(
  { column, direction }: KeysetOrder,
  { backward, rows, after, before }: Bounds,
  filter: Filter<Table>,
) {
  const momentOf = (t: Table) => (t as unknown as Record<string, Column>)[column]!
  const opposite = direction === 'asc' ? 'desc' : 'asc'
  const sorted = (direction === 'asc') !== backward ? asc : desc
  return {
    columns: { id: true, [column]: true },
    where: {
      RAW: (t: Table) =>
        and(
          filter(t),
          after ? beyond(momentOf(t), t.id, after, direction) : undefined,
          before ? beyond(momentOf(t), t.id, before, opposite) : undefined,
        ) ?? sql`true`,
    },
    orderBy: (t: Table) => [sorted(momentOf(t)), sorted(t.id)],
    limit: rows,
  }
}

const keyOf = (at: string | null, id: string | null) => (id === null ? null : { at, id })

const cursorIn = (order: KeysetOrder) => (row: KeyedRow) =>
  encodeKey(order, { at: (row as KeyedRow & Record<string, Date | null>)[order.column]!, id: row.id })
