import SchemaBuilder from '@pothos/core'
import DrizzlePlugin from '@pothos/plugin-drizzle'
import RelayPlugin from '@pothos/plugin-relay'
import { getTableConfig } from 'drizzle-orm/pg-core'
import type { Context } from '../context.ts'
import { type Relations, relations } from '../db/relations.ts'
import { permissionPlugin } from './permission.ts'
import { personalPlugin } from './personal.ts'
import { compiledReads } from './read/compiled-fields.ts'
import type { Scalars } from './scalars.ts'

export const maxPageSize = 100
export const defaultPageSize = 20

export type BuilderTypes = {
  Context: Context
  DrizzleRelations: Relations
  DefaultFieldNullability: false
  DefaultEdgesNullability: { list: false; items: false }
  DefaultNodeNullability: false
  Scalars: Scalars
}

export const builder = new SchemaBuilder<BuilderTypes>({
  // The first is the outermost.
  plugins: [personalPlugin, permissionPlugin, compiledReads, DrizzlePlugin, RelayPlugin],
  defaultFieldNullability: false,
  drizzle: {
    client: (ctx) => ctx.db as never,
    getTableConfig,
    relations,
    maxConnectionSize: maxPageSize,
    defaultConnectionSize: defaultPageSize,
  },
  relay: {
    cursorType: 'String',
    nodesOnConnection: true,
    // Pothos' own node(id) loads by primary key, past every rule of visibility: node.ts has ours.
    nodeQueryOptions: false,
    nodesQueryOptions: false,
    edgesFieldOptions: { nullable: { list: false, items: false } },
    nodeFieldOptions: { nullable: false },
    encodeGlobalID: (_type, id) => String(id),
    decodeGlobalID: (id) => ({ typename: '', id }),
  },
})

builder.queryType({ description: 'What can be read. Errors carry `extensions.code`.' })
builder.mutationType({
  description: 'What can be changed. Each change is one transaction and leaves its events in the log.',
})
builder.subscriptionType({
  description:
    'What happens, as it happens. With `after` a subscription first replays what came after that cursor, in order, and goes over to live without a gap or a repeat.',
})
