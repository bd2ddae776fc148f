import SchemaBuilder, { BasePlugin, type PothosOutputFieldConfig, type SchemaTypes } from '@pothos/core'
import type { GraphQLFieldResolver } from 'graphql'
import type { Context } from '../context.ts'
import { authorize, type Permission } from '../permissions.ts'

const pluginName = 'permission'

/** The options of a field that needs a permission: for the check, and for whoever reads the schema (the test of rights does). */
export const needs = <Extensions extends object>(
  permission: Permission,
  extensions: Extensions = {} as Extensions,
) => ({ extensions: { permission, ...extensions } })

/**
 * What the role of the viewer must allow; the use case asks again about the subject. Not plugin-scope-auth: what that
 * remembers of each request in a WeakMap V8 keeps, with all that the request made, until it collects old space.
 */
class PermissionPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override wrapResolve(
    resolver: GraphQLFieldResolver<unknown, Types['Context'], object>,
    { extensions }: PothosOutputFieldConfig<Types>,
  ): GraphQLFieldResolver<unknown, Types['Context'], object> {
    const permission = extensions?.permission as Permission | undefined
    if (!permission) return resolver
    return (parent, args, ctx, info) => {
      authorize((ctx as Context).viewer, permission)
      return resolver(parent, args, ctx, info)
    }
  }
}

declare global {
  namespace PothosSchemaTypes {
    interface Plugins<Types extends SchemaTypes> {
      permission: PermissionPlugin<Types>
    }
  }
}

SchemaBuilder.registerPlugin(pluginName, PermissionPlugin)

export { pluginName as permissionPlugin }
