import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql'
import type { Context } from '../context.ts'
import { requestScope } from '../request-scope.ts'
import { fellBack, hasPlan } from '../schema/read/plans.ts'
import { createCompiled } from './compiled/index.ts'
import type { Variables } from './complexity.ts'
import { rootFieldsOf } from './root-field.ts'

type Asked = { schema: GraphQLSchema; document: DocumentNode; definition: OperationDefinitionNode }
type Answer = ExecutionResult | Promise<ExecutionResult>
type Execute = (ctx: Context, variables: Variables) => Answer

/**
 * graphql-js' own `execute`; our plan for operations whose root fields all read with one statement, where what is left to
 * do is to read properties.
 */
export function createExecutor({ schema, document, definition }: Asked): Execute {
  const operationName = definition.name?.value
  const compiledNow = onlyReads({ schema, document, definition })
    ? createCompiled({ schema, document, definition })
    : () => null

  const plainly: Execute = (contextValue, variableValues) =>
    requestScope.run(contextValue.requestId, () =>
      execute({ schema, document, operationName, contextValue, variableValues }),
    )

  return (ctx, variables) => {
    const compiled = fellBack(document) || !hasPlan(definition) ? null : compiledNow()
    if (!compiled) return plainly(ctx, variables)
    const answer = compiled(undefined, ctx, variables as Record<string, unknown>)
    if (answer instanceof Promise) return answer.then((answer) => answer ?? plainly(ctx, variables))
    return answer ?? plainly(ctx, variables)
  }
}

/** Whether all that there is to do is to read, and by one statement for each root field. */
function onlyReads({ schema, document, definition }: Asked): boolean {
  const root = schema.getRootType(definition.operation)
  if (definition.operation !== 'query' || !root) return false
  const fields = root.getFields()
  return rootFieldsOf(definition, document).every(
    (name) => name === '__typename' || fields[name]?.extensions.compiledRead === true,
  )
}
