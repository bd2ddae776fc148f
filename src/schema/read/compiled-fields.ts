import SchemaBuilder, { BasePlugin, type PothosOutputFieldConfig, type SchemaTypes } from '@pothos/core'
import type { GraphQLFieldResolver } from 'graphql'

type Row = { [compiled]?: true } & Record<string, unknown>
type Relations = Record<string, { with?: Relations } | undefined>

const compiled = Symbol('compiled')
const pluginName = 'compiledReads'

/** Says of rows, and of all rows in them, that a plan has read them: whatever is selected of them is there. */
export function markCompiled(rows: unknown, relations: Relations | undefined): void {
  if (Array.isArray(rows)) {
    for (const row of rows) markCompiled(row, relations)
  } else if (rows !== null && rows !== undefined) {
    const row = rows as Row
    row[compiled] = true
    for (const name in relations) markCompiled(row[name], relations[name]?.with)
  }
}

type Selected = { columns?: object; with?: object }
/** What a field says that it reads of its row. One that says so by its arguments reads a relation of its own name. */
const neededBy = (name: string, selected: unknown) =>
  typeof selected === 'function'
    ? [name]
    : Object.keys({ ...(selected as Selected).columns, ...(selected as Selected).with })

/** What the planner left out is no null, and is for plugin-drizzle to load. */
function has(row: Row, needed: string[]): boolean {
  for (const name of needed) if (row[name] === undefined) return false
  return true
}

/** A field of a row that a plan has read only reads its property; plugin-drizzle need not look whether it is there. */
class CompiledReadsPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override wrapResolve(
    resolver: GraphQLFieldResolver<unknown, Types['Context'], object>,
    { kind, name, parentType, extensions, resolve }: PothosOutputFieldConfig<Types>,
  ): GraphQLFieldResolver<unknown, Types['Context'], object> {
    // Every row has its id, and shows it as it is: the plugin's own way there takes two promises for each.
    const isRow = this.buildCache.getTypeConfig(parentType).extensions?.pothosDrizzleTable !== undefined
    if (name === 'id' && isRow) return (row) => (row as Row).id
    if (kind !== 'DrizzleObject' || !extensions?.pothosDrizzleSelect || !resolve) return resolver
    const read = resolve as typeof resolver
    const needed = neededBy(name, extensions.pothosDrizzleSelect)
    return (parent, args, ctx, info) =>
      (parent as Row)[compiled] && has(parent as Row, needed)
        ? read(parent, args, ctx, info)
        : resolver(parent, args, ctx, info)
  }
}

declare global {
  namespace PothosSchemaTypes {
    interface Plugins<Types extends SchemaTypes> {
      compiledReads: CompiledReadsPlugin<Types>
    }
  }
}

SchemaBuilder.registerPlugin(pluginName, CompiledReadsPlugin)

export { pluginName as compiledReads }
