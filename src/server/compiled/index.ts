import {
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
  getVariableValues,
  type OperationDefinitionNode,
  visit,
} from 'graphql'
import { LRUCache } from 'lru-cache'
import { fragmentsOf } from '../fragments.ts'
import { bytesPerCharacter } from '../limits.ts'
import { execute } from './execute.ts'
import { type Field, fieldsOf, type Shape, type Variables } from './plan.ts'
import { selectionsIn } from './selections.ts'

/** Who sends each text once must not make us plan it. */
const usesBeforePlanning = 2
const maxSelections = 500
/** Of all operations together. A plan holds what was parsed, and that holds the text with all its tokens. */
const maxKeptBytes = 64 * 2 ** 20
const bytesPerSelection = 1_024
/** As in graphql-js. */
const maxErrors = 50
/** Of so many answers one may be left to graphql-js. */
const usesPerGivingUp = 20

type Answer = ExecutionResult | null
/** Null: graphql-js has to answer. */
export type Compiled = (rootValue: unknown, ctx: unknown, variables: Variables) => Answer | Promise<Answer>
type Asked = { schema: GraphQLSchema; document: DocumentNode; definition: OperationDefinitionNode }

const plans = new LRUCache<string, { fields: Field[]; bytes: number }>({
  maxSize: maxKeptBytes,
  sizeCalculation: ({ bytes }) => bytes,
})
let lastNumber = 0

/**
 * Executes an operation over and over: what follows from its text and its types is worked out once, and each request asks
 * the resolvers and puts together what they answer. Null before it is used a few times, and where it is often given up.
 */
export function createCompiled({ schema, document, definition: operation }: Asked): () => Compiled | null {
  const number = ++lastNumber
  const fragments = Object.fromEntries(fragmentsOf(document))
  let conditionNames: string[] | null = null
  let uses = 0
  let selections = 0
  let givenUp = 0

  function planFor(variables: Variables) {
    conditionNames ??= conditionsIn(document)
    const conditions = Object.fromEntries(conditionNames.map((name) => [name, variables[name]]))
    const key = `${number} ${Object.values(conditions).join()}`
    const known = plans.get(key)
    if (known) return known.fields
    const shape: Shape = { schema, operation, fragments, conditions, fields: 0 }
    const fields = fieldsOf(shape, schema.getRootType(operation.operation)!, operation.selectionSet.selections)
    const characters = document.loc?.end ?? 0
    plans.set(key, { fields, bytes: selections * bytesPerSelection + characters * bytesPerCharacter })
    return fields
  }

  const compiled: Compiled = (rootValue, ctx, given) => {
    const { coerced, errors } = getVariableValues(schema, operation.variableDefinitions ?? [], given, { maxErrors })
    if (errors) return { errors }
    const answer = answered(rootValue, ctx, coerced!)
    return answer instanceof Promise ? answer.then(counted) : counted(answer)
  }

  function answered(rootValue: unknown, ctx: unknown, variables: Variables) {
    try {
      return execute({ rootValue, ctx, variables, given: [], waiting: [] }, planFor(variables))
    } catch {
      return null
    }
  }

  function counted(answer: Answer): Answer {
    if (!answer) givenUp++
    return answer
  }

  return () => {
    if (++uses <= usesBeforePlanning || givenUp * usesPerGivingUp > uses) return null
    selections ||= selectionsIn(operation.selectionSet, document)
    return selections > maxSelections ? null : compiled
  }
}

/** The variables that decide what is left out. */
function conditionsIn(document: DocumentNode): string[] {
  const names = new Set<string>()
  let depth = 0
  visit(document, {
    Directive: {
      enter: () => void depth++,
      leave: () => void depth--,
    },
    Variable: ({ name }) => {
      if (depth > 0) names.add(name.value)
    },
  })
  return [...names]
}
