import { getSchemaConfig, queryFromInfo } from '@pothos/plugin-drizzle'
import type { SQL } from 'drizzle-orm'
import type { GraphQLResolveInfo } from 'graphql'
import type { Context } from '../../context.ts'
import type { Db } from '../../db/client.ts'
import type { Viewer } from '../../permissions.ts'
import { builder } from '../builder.ts'

export type TableName = keyof Db['query']
export type Row<Table extends TableName> = NonNullable<Awaited<ReturnType<Db['query'][Table]['findFirst']>>>
export type Values = Record<string, unknown>

/** What drizzle's relational query takes, but for what the selection says. */
export type Conditions = {
  columns?: Record<string, boolean>
  where?: Record<string, unknown>
  orderBy?: unknown
  limit?: number
}

/**
 * The rows of a table that a field shows, with what is selected of them. `query` is asked once for many requests: it
 * builds on its arguments alone. In `values` is what goes into SQL as it is, ids, texts, moments; null is none, and to be
 * asked for. In `literals` is all else that SQL depends on.
 */
export type Read<Table extends TableName, V extends Values, L extends object> = {
  ctx: Context
  info: GraphQLResolveInfo
  table: Table
  /** Where the rows are not what the field itself answers: their type, and the ways to them. */
  typeName?: string
  paths?: string[][]
  /** There is one at most: it is asked for by what only one has. */
  isOne?: boolean
  values: V
  literals: L
  query: (values: V, viewer: Viewer, literals: L) => Conditions
}

export type AnyRead = Omit<Read<TableName, Values, object>, 'query'> & {
  query: (values: never, viewer: Viewer, literals: never) => Conditions
}
export type Query = Conditions & { with?: Record<string, Query> }
export type Prepared = { execute(values: Values): Promise<unknown[]>; getQuery(): { sql: string; params: unknown[] } }

/** What to ask of the database: the read's own conditions, and what is selected, as plugin-drizzle plans it. */
export function queryOf(read: Pick<AnyRead, 'info' | 'typeName' | 'paths'>, ctx: Context, own: Conditions): Query {
  const { info, typeName, paths } = read
  const at = { ...(typeName && { typeName }), ...(paths && { paths }) }
  return queryFromInfo({ ...own, ...at, config: getSchemaConfig(builder), context: ctx, info } as never)
}

type Built = { sql: SQL } & Record<string, unknown>
/** With two steps of drizzle's own that its types do not show. */
type RelationalQuery = PromiseLike<unknown[]> & {
  _getQuery(usedTables: unknown): Built
  _prepare(name: string | undefined, generateName: boolean): Prepared
}
export const relational = (db: Db, table: TableName) =>
  db.query[table] as unknown as { findMany(query: Query): RelationalQuery }
