import SchemaBuilder from '@pothos/core'
import DrizzlePlugin from '@pothos/plugin-drizzle'
import RelayPlugin from '@pothos/plugin-relay'
import ScopeAuthPlugin from '@pothos/plugin-scope-auth'
import { getTableConfig } from 'drizzle-orm/pg-core'
import type { Context } from '../context.ts'
import { type Relations, relations } from '../db/relations.ts'
import { ForbiddenError, UnauthenticatedError } from '../errors.ts'
import { may, type Permission, permissions } from '../permissions.ts'
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
  /** What the role of the viewer must allow; the use case asks again about the subject. */
  AuthScopes: { permission: Permission }
  Scalars: Scalars
}

export const builder = new SchemaBuilder<BuilderTypes>({
  // The first is the outermost.
  plugins: [personalPlugin, ScopeAuthPlugin, compiledReads, DrizzlePlugin, RelayPlugin],
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
  scopeAuth: {
    authScopes: (ctx) => ({
      permission: (permission) => may(ctx.viewer, permission),
    }),
    unauthorizedError: (_parent, ctx, info) => {
      if (ctx.viewer.kind === 'anonymous') return new UnauthenticatedError()
      const field = info.parentType.getFields()[info.fieldName]
      return new ForbiddenError(hintOf(field?.extensions.permission as Permission | undefined))
    },
  },
})

const hintOf = (permission: Permission | undefined) => permission && (permissions[permission] as { hint?: string }).hint

/** The options of a field that needs a permission: for the check, and for whoever reads the schema (the test of rights does). */
export const needs = <Extensions extends object>(
  permission: Permission,
  extensions: Extensions = {} as Extensions,
) => ({
  authScopes: { permission },
  extensions: { permission, ...extensions },
})

builder.queryType({ description: 'What can be read. Errors carry `extensions.code`.' })
builder.mutationType({
  description: 'What can be changed. Each change is one transaction and leaves its events in the log.',
})
builder.subscriptionType({
  description:
    'What happens, as it happens. With `after` a subscription first replays what came after that cursor, in order, and goes over to live without a gap or a repeat.',
})
