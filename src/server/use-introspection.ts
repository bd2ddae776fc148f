import { getOperationAST } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Config } from '../config.ts'
import type { Context } from '../context.ts'
import { ForbiddenError } from '../errors.ts'
import { may, permissions } from '../permissions.ts'
import { selecting } from './root-field.ts'

const asksForSchema = selecting('__schema', '__type')

/** Where there is GraphiQL anybody may explore. Where there is none the schema is for those who have the right to it. */
export const useIntrospection = ({ graphiql }: Config['server']): Plugin<Context> => ({
  onExecute({ args: { document, operationName, contextValue } }) {
    if (graphiql) return
    const operation = getOperationAST(document, operationName)
    if (!operation || !asksForSchema(operation, document)) return
    if (!may(contextValue.viewer, 'schema:introspect')) throw new ForbiddenError(permissions['schema:introspect'].hint)
  },
})
