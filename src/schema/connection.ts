import { getSchemaConfig, queryFromInfo } from '@pothos/plugin-drizzle'
import { and, asc, type Column, desc, type SQL, sql } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import type { GraphQLResolveInfo } from 'graphql'
import type { Context } from '../context.ts'
import type { Db } from '../db/client.ts'
import { builder } from './builder.ts'
import { beyond, connectionOf, decodeKey, encodeKey, type KeysetOrder, type PageArgs, pageOf } from './keyset.ts'

type TableName = keyof Db['query']
/** A filter over a table of a query, which may go by an alias there. */
type Filter<Table> = (table: Table) => SQL | undefined

type Options<Table> = {
  ctx: Context
  info: GraphQLResolveInfo
  table: TableName
  columns: Table
  typeName: string
  args: PageArgs
  where: Filter<Table>
  order: KeysetOrder
}

type Row = { id: string } & Record<string, unknown>

/** A Relay connection over a table: one SQL statement for the page and what was selected of its nodes, one more for `totalCount` if asked for. */
export async function keysetConnection<Table extends PgTable & { id: Column }>(options: Options<Table>) {
  const { ctx, info, table, columns, typeName, args, where, order } = options
  const page = pageOf(args)
  const ascending = (order.direction === 'asc') !== page.backward
  const after = page.after === null ? null : decodeKey(order, page.after, 'after')
  const before = page.before === null ? null : decodeKey(order, page.before, 'before')
  const opposite = order.direction === 'asc' ? 'desc' : 'asc'
  const momentOf = (t: Table) => (t as unknown as Record<string, Column>)[order.column]!
  const sorted = ascending ? asc : desc

  const selection = queryFromInfo({
    config: getSchemaConfig(builder),
    context: ctx,
    info,
    typeName,
    paths: [[{ name: 'nodes' }], [{ name: 'edges' }, { name: 'node' }]] as never,
  }) as object | undefined
  const query = ctx.db.query[table] as unknown as { findMany(config: object): Promise<Row[]> }
  const found = await query.findMany({
    ...selection,
    columns: { ...(selection as { columns?: object } | undefined)?.columns, id: true, [order.column]: true },
    where: {
      RAW: (t: Table) =>
        and(
          where(t),
          after ? beyond(momentOf(t), t.id, after, order.direction) : undefined,
          before ? beyond(momentOf(t), t.id, before, opposite) : undefined,
        ) ?? sql`true`,
    },
    orderBy: (t: Table) => [sorted(momentOf(t)), sorted(t.id)],
    limit: page.size + 1,
  })
  const cursorOf = (row: Row) => encodeKey(order, { at: row[order.column] as Date | null, id: row.id })
  return {
    ...connectionOf(found, page, cursorOf),
    totalCount: () => ctx.db.$count(columns, where(columns)),
  }
}
