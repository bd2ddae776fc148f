import type { TablesRelationalConfig } from 'drizzle-orm/relations'
import type { Db } from '../../db/client.ts'
import { relations } from '../../db/relations.ts'
import { binding, boundLater, NotCompilableError } from './bound.ts'
import { markCompiled } from './compiled-fields.ts'
import { compiledContext, compiledViewer, idsOf } from './compiled-viewer.ts'
import { hasConflict } from './conflicts.ts'
import { type AnyRead, type Prepared, type Query, queryOf, relational, type Values } from './read.ts'

/** A read made into one statement. Where it is given a name, PostgreSQL parses it once a connection. */
export type Plan = {
  sql: string
  /** Of one row and what is beside it: over at once. */
  isShort: boolean
  run(db: Db, values: Values, name: string | null): Promise<unknown[]>
}

/** `variables`: those of the operation, of which some are bound at each run, as are the read's values and the viewer's id. */
export function compile(read: AnyRead, variables: Values): Plan {
  const { ctx, info, table, literals } = read
  if (hasConflict(info)) throw new NotCompilableError('A relation is asked for twice in different ways.')
  const viewer = compiledViewer(ctx.viewer)
  const values = Object.fromEntries(
    Object.entries(read.values).map(([name, value]) => [name, value === null ? null : boundLater(name)]),
  )
  const own = read.query(values as never, viewer, literals as never)
  const query = queryOf({ ...read, info: { ...info, variableValues: variables } }, compiledContext(viewer), own)
  const prepare = (db: Db, name: string | null) => prepared(query, relational(db, table), name)

  const forbidden = idsOf(ctx.viewer)
  const { sql, params } = prepare(ctx.db, null).getQuery()
  if (forbidden.some((id) => sql.includes(id))) throw new NotCompilableError('A plan would be one viewer’s alone.')
  // drizzle only doubles the quotes of a text, which ends where a server takes a backslash for an escape.
  if (sql.includes('\\')) throw new NotCompilableError('A plan cannot hold a backslash.')

  const bind = binding(params)
  const statements = new WeakMap<Db, { name: string | null; statement: Prepared }>()
  return {
    sql,
    isShort: read.isOne === true && !hasLists(query, table),
    async run(db, values, name) {
      const known = statements.get(db)
      const statement = known?.name === name ? known.statement : prepare(db, name)
      if (statement !== known?.statement) statements.set(db, { name, statement })
      const rows = await statement.execute(bind(values))
      markCompiled(rows, query.with)
      return rows
    },
  }
}

const tables: TablesRelationalConfig = relations

function hasLists(query: Query, table: string): boolean {
  return Object.entries(query.with ?? {}).some(([name, beneath]) => {
    const relation = tables[table]!.relations[name]!
    return relation.relationType === 'many' || hasLists(beneath, relation.targetTableName)
  })
}

/**
 * All that the plan knows stands in the text: a parameter that is always the same would hide from PostgreSQL how rare a
 * status is, and with the size of a page as a parameter it plans anew each time.
 */
function prepared(query: Query, table: ReturnType<typeof relational>, name: string | null): Prepared {
  const built = table.findMany(query)
  const getQuery = built._getQuery.bind(built)
  built._getQuery = (usedTables) => {
    const { sql, ...rest } = getQuery(usedTables)
    return { ...rest, sql: sql.inlineParams() }
  }
  return built._prepare(name ?? undefined, false)
}
