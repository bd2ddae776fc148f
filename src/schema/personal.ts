import SchemaBuilder, { BasePlugin, type PothosOutputFieldConfig, type SchemaTypes } from '@pothos/core'
import type { GraphQLFieldResolver } from 'graphql'
import type { Context } from '../context.ts'
import { seesPersonalData } from '../permissions.ts'

const pluginName = 'personal'

/** The options of a field that tells of a person: to whoever sees no personal data it is null, and a list is empty. */
export const personal = { extensions: { personal: true } } as const

/** Not an auth scope: those are asked for each field of each row, through promises. */
class PersonalPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override wrapResolve(
    resolver: GraphQLFieldResolver<unknown, Types['Context'], object>,
    { extensions, type }: PothosOutputFieldConfig<Types>,
  ): GraphQLFieldResolver<unknown, Types['Context'], object> {
    if (!extensions?.personal) return resolver
    const nothing = type.kind === 'List' ? () => [] : () => null
    return (parent, args, ctx, info) =>
      seesPersonalData((ctx as Context).viewer) ? resolver(parent, args, ctx, info) : nothing()
  }
}

declare global {
  namespace PothosSchemaTypes {
    interface Plugins<Types extends SchemaTypes> {
      personal: PersonalPlugin<Types>
    }
  }
}

SchemaBuilder.registerPlugin(pluginName, PersonalPlugin)

export { pluginName as personalPlugin }
