import { and, asc, type Column, desc, type SQL, sql } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import type { GraphQLResolveInfo } from 'graphql'
import type { Context } from '../context.ts'
import type { Viewer } from '../permissions.ts'
import { beyond, connectionOf, decodeKey, encodeKey, type KeysetOrder, type PageArgs, pageOf } from './keyset.ts'
import { type Row, readRows, type TableName, type Values } from './read/index.ts'

/** A filter over a table of a query, which may go by an alias there. */
type Filter<Table> = (table: Table) => SQL | undefined

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
export async function keysetConnection<Table extends PgTable & { id: Column }, V extends Values, L extends object>({
  ctx,
  info,
  table,
  columns,
  typeName,
  args,
  filter,
  where,
  order,
}: Options<Table, V, L>) {
  const page = pageOf(args)
  const after = page.after === null ? null : decodeKey(order, page.after, 'after')
  const before = page.before === null ? null : decodeKey(order, page.before, 'before')
  const { backward, size } = page

  const found = await readRows({
    ctx,
    info,
    table,
    typeName,
    paths: [['nodes'], ['edges', 'node']],
    values: {
      ...filter.values,
      afterAt: after?.at ?? null,
      afterId: after?.id ?? null,
      beforeAt: before?.at ?? null,
      beforeId: before?.id ?? null,
    },
    literals: { ...filter.literals, order, backward, size },
    query(values, viewer, { order: { column, direction }, backward, size, ...literals }) {
      const { afterAt, afterId, beforeAt, beforeId, ...filtered } = values
      const momentOf = (t: Table) => (t as unknown as Record<string, Column>)[column]!
      const sorted = (direction === 'asc') !== backward ? asc : desc
      const opposite = direction === 'asc' ? 'desc' : 'asc'
      return {
        columns: { id: true, [column]: true },
        where: {
          RAW: (t: Table) =>
            and(
              where(viewer, filtered as unknown as V, literals as unknown as L)(t),
              afterId === null ? undefined : beyond(momentOf(t), t.id, { at: afterAt, id: afterId }, direction),
              beforeId === null ? undefined : beyond(momentOf(t), t.id, { at: beforeAt, id: beforeId }, opposite),
            ) ?? sql`true`,
        },
        orderBy: (t: Table) => [sorted(momentOf(t)), sorted(t.id)],
        limit: size + 1,
      }
    },
  })
  const cursorOf = (row: Row<TableName>) =>
    encodeKey(order, {
      at: (row as unknown as Record<string, Date | null>)[order.column]!,
      id: (row as { id: string }).id,
    })
  return {
    ...connectionOf(found, page, cursorOf),
    totalCount: () => ctx.db.$count(columns, where(ctx.viewer, filter.values, filter.literals)(columns)),
  }
}
