import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql'
import type { Context } from '../context.ts'
import { fellBack } from '../schema/read/plans.ts'
import type { Variables } from './complexity.ts'
import { createCompiled } from './jit.ts'
import { rootFieldsOf } from './root-field.ts'

const maxCompiledValues = 200

type Asked = { schema: GraphQLSchema; document: DocumentNode; definition: OperationDefinitionNode }
type Answer = ExecutionResult | Promise<ExecutionResult>
type Execute = (ctx: Context, variables: Variables) => Answer

/**
 * graphql-js' own `execute`; graphql-jit for operations whose root fields all read with one statement, where what is left
 * to do is to read properties. Over resolvers that ask the database field by field it would ask again for what is there.
 */
export function createExecutor({ schema, document, definition }: Asked): Execute {
  const operationName = definition.name?.value
  const compiledNow = onlyReads({ schema, document, definition })
    ? createCompiled({ schema, document, definition })
    : () => null

  const plainly: Execute = (contextValue, variableValues) =>
    execute({ schema, document, operationName, contextValue, variableValues })

  return (ctx, variables) => {
    const compiled = fellBack(document) || mayBeMistaken(variables) ? null : compiledNow()
    if (!compiled) return plainly(ctx, variables)
    const shown = ({ data, errors }: ExecutionResult): Answer => {
      if (!errors) return { data: data! }
      // About variables and arguments graphql-js says more, and what is said of them is shown. A query may be asked twice.
      if (data === undefined || errors.some(({ originalError }) => !originalError)) return plainly(ctx, variables)
      return { errors: errors.map((error) => withPositions(error, document)), data }
    }
    const answered = compiled(null, ctx, variables as Record<string, unknown>)
    return 'then' in answered ? answered.then(shown) : shown(answered)
  }
}

/** Whether all that there is to do is to read, and by one statement for each root field. */
function onlyReads({ schema, document, definition }: Asked): boolean {
  const root = schema.getRootType(definition.operation)
  if (definition.operation !== 'query' || !root) return false
  const fields = root.getFields()
  return rootFieldsOf(definition, document).every((name) => fields[name]?.extensions.compiledRead === true)
}

/** graphql-jit 0.8.9 takes an empty list for an object without fields, and says of each of many values what is wrong with it. */
function mayBeMistaken(variables: Variables): boolean {
  let left = maxCompiledValues
  const isMistaken = (value: unknown): boolean => {
    // However deep it goes: lists in lists are values too.
    if (--left < 0) return true
    if (typeof value !== 'object' || value === null) return false
    const values = Object.values(value)
    return (Array.isArray(value) && values.length === 0) || values.length > left || values.some(isMistaken)
  }
  return isMistaken(variables)
}

/** graphql-jit says in which line and column a field stands, and not where in the text. */
function withPositions({ message, locations, path, originalError }: GraphQLError, { loc }: DocumentNode) {
  const { source } = loc!
  const ends = [...source.body.matchAll(/\r\n|[\n\r]/g)].map(({ 0: end, index }) => index + end.length)
  const positions = locations?.map(({ line, column }) => [0, ...ends][line - 1]! + column - 1)
  return new GraphQLError(message, { source, positions, path, originalError })
}
