import { getSchemaConfig, queryFromInfo } from '@pothos/plugin-drizzle'
import { asc, type Column, desc, type SQL, sql } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import type { GraphQLResolveInfo } from 'graphql'
import type { Context } from '../context.ts'
import type { Db } from '../db/client.ts'
import { builder } from './builder.ts'
import { beyond, decodeKey, encodeKey, type KeysetOrder, type PageArgs, pageOf } from './keyset.ts'

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
  const { size, backward, cursor } = pageOf(args)
  const ascending = (order.direction === 'asc') !== backward
  const key = cursor && decodeKey(order, cursor, args.after ? 'after' : 'before')
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
        sql`${where(t) ?? sql`true`} and ${key ? beyond(momentOf(t), t.id, key, ascending ? 'asc' : 'desc') : sql`true`}`,
    },
    orderBy: (t: Table) => [sorted(momentOf(t)), sorted(t.id)],
    limit: size + 1,
  })
  const rows = backward ? found.slice(0, size).reverse() : found.slice(0, size)
  const more = found.length > size
  const edges = rows.map((node) => ({
    node,
    cursor: encodeKey(order, { at: node[order.column] as Date | null, id: node.id }),
  }))
  return {
    edges,
    pageInfo: {
      hasNextPage: backward ? cursor !== null : more,
      hasPreviousPage: backward ? more : cursor !== null,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    totalCount: () => ctx.db.$count(columns, where(columns)),
  }
}
