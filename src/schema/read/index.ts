export { whenBound } from './bound.ts'
export type { Row, TableName, Values } from './read.ts'

import { requestScope } from '../../request-scope.ts'
import { noteFallBack, planFor, readCounts } from './plans.ts'
import { type AnyRead, queryOf, type Read, type Row, relational, type TableName, type Values } from './read.ts'

/** Of a root field all of whose rows are read like this: beneath it fields only read properties. */
export const compiledRead = { compiledRead: true } as const

/** By one statement, prepared for the operation where it can be; else planned and built anew. The same rows either way. */
export function readRows<Table extends TableName, V extends Values, L extends object>(
  read: Read<Table, V, L>,
): Promise<Row<Table>[]> {
  const found = planFor(read)
  const { requestId } = read.ctx
  const rows =
    typeof found === 'object'
      ? requestScope.runNow(requestId, found.run)
      : requestScope.run(requestId, () => readPlainly(read, found))
  return rows as Promise<Row<Table>[]>
}

export const readRow = <Table extends TableName, V extends Values, L extends object>(read: Read<Table, V, L>) =>
  readRows({ ...read, isOne: true }).then(([row]) => row)

async function readPlainly({ query, ...read }: AnyRead, why: 'too early' | 'not compilable') {
  const { ctx, table, values, literals } = read
  const own = query(values as never, ctx.viewer, literals as never)
  const rows = await relational(ctx.db, table).findMany(queryOf(read, ctx, own))
  readCounts.plain++
  if (why === 'not compilable') noteFallBack(read.info)
  return rows
}
