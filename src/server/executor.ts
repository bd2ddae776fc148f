import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
} from 'graphql'
import { type CompiledQuery, compileQuery, isCompiledQuery } from 'graphql-jit'
import type { Context } from '../context.ts'
import { fellBack } from '../schema/read/plans.ts'
import type { Variables } from './complexity.ts'
import { mergesConditionally } from './merged-fields.ts'
import { rootFieldsOf } from './root-field.ts'

/** Compiling costs more than executing a few times, and who sends each text once must not make us compile it. */
const usesBeforeCompiling = 2

type Asked = { schema: GraphQLSchema; document: DocumentNode; definition: OperationDefinitionNode }
type Answer = ExecutionResult | Promise<ExecutionResult>
type Execute = (ctx: Context, variables: Variables) => Answer

/**
 * graphql-js' own `execute`; graphql-jit for operations whose root fields all read with one statement, where what is left
 * to do is to read properties. Over resolvers that ask the database field by field it would ask again for what is there.
 */
export function createExecutor({ schema, document, definition }: Asked): Execute {
  const operationName = definition.name?.value
  let uses = 0
  let compiled: CompiledQuery | null = null
  let mayCompile = canBeCompiled({ schema, document, definition })

  const plainly: Execute = (contextValue, variableValues) =>
    execute({ schema, document, operationName, contextValue, variableValues })

  function compile() {
    const made = compileQuery(schema, document, operationName)
    mayCompile = false
    if (isCompiledQuery(made)) compiled = made as CompiledQuery
  }

  return (ctx, variables) => {
    if (mayCompile && ++uses > usesBeforeCompiling) compile()
    if (!compiled || fellBack(document)) return plainly(ctx, variables)
    const shown = ({ data, errors }: ExecutionResult): Answer => {
      if (!errors) return { data: data! }
      // About variables and arguments graphql-js says more, and what is said of them is shown. A query may be asked twice.
      if (data === undefined || errors.some(({ originalError }) => !originalError)) return plainly(ctx, variables)
      return { errors: errors.map((error) => withPositions(error, document)), data }
    }
    const answered = compiled.query(null, ctx, variables as Record<string, unknown>)
    return 'then' in answered ? answered.then(shown) : shown(answered)
  }
}

function canBeCompiled({ schema, document, definition }: Asked): boolean {
  const root = schema.getRootType(definition.operation)
  // graphql-jit 0.8.9 refuses a variable that must have a value and has it from its default.
  const hasRequiredDefault = definition.variableDefinitions?.some(
    ({ type, defaultValue }) => type.kind === Kind.NON_NULL_TYPE && defaultValue,
  )
  if (definition.operation !== 'query' || !root || hasRequiredDefault) return false
  if (mergesConditionally(definition, document)) return false
  const fields = root.getFields()
  return rootFieldsOf(definition, document).every((name) => fields[name]?.extensions.compiledRead === true)
}

/** graphql-jit says in which line and column a field stands, and not where in the text. */
function withPositions({ message, locations, path, originalError }: GraphQLError, { loc }: DocumentNode) {
  const { source } = loc!
  const ends = [...source.body.matchAll(/\r\n|[\n\r]/g)].map(({ 0: end, index }) => index + end.length)
  const positions = locations?.map(({ line, column }) => [0, ...ends][line - 1]! + column - 1)
  return new GraphQLError(message, { source, positions, path, originalError })
}
