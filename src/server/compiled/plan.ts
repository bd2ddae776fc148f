import { collectFields } from '@graphql-tools/utils'
import {
  defaultFieldResolver,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLAbstractType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getArgumentValues,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
} from 'graphql'

/** Thrown where it is for graphql-js to answer. */
export const givenUp = new Error('This is for graphql-js to answer.')

/** Looking into it gives up. */
const nothing = new Proxy({}, { get: giveUp, ownKeys: giveUp })
const noInfo = nothing as GraphQLResolveInfo
/** Whoever wants to know in which row they are does more than read what is there. */
const nowhere = nothing as GraphQLResolveInfo['path']

const noArguments = Object.freeze({})

export type Variables = Record<string, unknown>
/** One request. */
export type Run = {
  rootValue: unknown
  ctx: unknown
  variables: Variables
  /** By the number of a field: what its resolver is given each time. */
  given: { args: Variables; info: GraphQLResolveInfo }[]
  /** What is still being asked for. */
  waiting: Promise<void>[]
}
type Object = Record<string, unknown>
type Complete = (run: Run, value: unknown) => unknown

export type Field = {
  key: string
  nodes: FieldNode[]
  type: GraphQLOutputType
  ask(run: Run, parent: unknown): unknown
  complete: Complete
}
/** An operation, with those of its variables that decide what is left out. */
export type Shape = {
  schema: GraphQLSchema
  operation: OperationDefinitionNode
  fragments: Record<string, FragmentDefinitionNode>
  conditions: Variables
  /** How many fields have a number. */
  fields: number
}

/** The fields that selections come to in an object of a type, in the order of the answer. Sees to what is beneath them once it is asked for. */
export function fieldsOf(shape: Shape, type: GraphQLObjectType, selections: readonly SelectionNode[]): Field[] {
  const { schema, fragments, conditions } = shape
  const collected = collectFields(schema, fragments, conditions, type, {
    kind: Kind.SELECTION_SET,
    selections: [...selections],
  })
  return Array.from(collected.fields, ([key, nodes]) => {
    // Set on an object it would not be a property.
    if (key === '__proto__') throw givenUp
    return fieldOf(shape, type, key, nodes)
  })
}

function fieldOf(shape: Shape, parentType: GraphQLObjectType, key: string, nodes: FieldNode[]): Field {
  const { schema, fragments, operation } = shape
  const [node] = nodes
  const { value: fieldName } = node!.name
  const isRoot = parentType === schema.getRootType(operation.operation)
  if (fieldName === '__typename') {
    const ask = () => parentType.name
    return { key, nodes, type: parentType, ask, complete: (_run, name) => name }
  }
  const definition = parentType.getFields()[fieldName]
  if (!definition) throw givenUp
  const { type, resolve = defaultFieldResolver } = definition
  const number = shape.fields++
  const path = isRoot ? { prev: undefined, key, typename: parentType.name } : nowhere

  const given = ({ rootValue, variables: variableValues }: Run) => ({
    args: isRoot ? argumentsOf(definition, node!, variableValues) : forAllRows(definition, node!, variableValues),
    info: {
      fieldName,
      fieldNodes: nodes,
      returnType: type,
      parentType,
      path,
      schema,
      fragments,
      operation,
      rootValue,
      variableValues,
    },
  })
  return {
    key,
    nodes,
    type,
    ask(run, parent) {
      run.given[number] ??= given(run)
      const { args, info } = run.given[number]
      return resolve(parent, args, run.ctx, info)
    },
    complete: completing(shape, type, nodes),
  }
}

function argumentsOf(definition: GraphQLField<unknown, unknown>, node: FieldNode, variables: Variables) {
  if (definition.args.length === 0) return noArguments
  try {
    return getArgumentValues(definition, node, variables)
  } catch {
    throw givenUp
  }
}

/** A resolver that writes to what all rows are given is not for us. */
const forAllRows: typeof argumentsOf = (...asked) => Object.freeze(argumentsOf(...asked))

/** What is shown of what a resolver answers. It is never null, nor an error, where that is not right. */
function completing(shape: Shape, type: GraphQLOutputType, nodes: FieldNode[]): Complete {
  if (isNonNullType(type)) {
    const complete = completing(shape, type.ofType, nodes)
    return (run, value) => complete(run, value) ?? giveUp()
  }
  const complete = completingValue(shape, type, nodes)
  return (run, value) => {
    if (value === null || value === undefined) return null
    if (value instanceof Error) throw givenUp
    return complete(run, value)
  }
}

function completingValue(shape: Shape, type: GraphQLOutputType, nodes: FieldNode[]): Complete {
  if (isLeafType(type)) return (_run, value) => type.serialize(value) ?? giveUp()
  if (isListType(type)) {
    const complete = completing(shape, type.ofType, nodes)
    return (run, value) => {
      if (!Array.isArray(value)) throw givenUp
      const items: unknown[] = []
      for (let i = 0; i < value.length; i++) put(run, items, i, value[i], complete)
      return items
    }
  }
  const selections = nodes.flatMap(({ selectionSet }) => selectionSet?.selections ?? [])
  if (isObjectType(type)) return completingObject(shape, type, selections)
  if (isAbstractType(type)) return completingAbstract(shape, type, selections)
  throw givenUp
}

function completingObject(shape: Shape, type: GraphQLObjectType, selections: readonly SelectionNode[]): Complete {
  let fields: Field[] | null = null
  return (run, value) => {
    if (type.isTypeOf && type.isTypeOf(value, run.ctx, noInfo) !== true) throw givenUp
    fields ??= fieldsOf(shape, type, selections)
    const shown: Object = {}
    for (const field of fields) put(run, shown, field.key, field.ask(run, value), field.complete)
    return shown
  }
}

function completingAbstract(shape: Shape, type: GraphQLAbstractType, selections: readonly SelectionNode[]): Complete {
  const byName = new Map<unknown, Complete>()
  return (run, value) => {
    const name = type.resolveType?.(value, run.ctx, noInfo, type)
    const known = byName.get(name)
    if (known) return known(run, value)
    const found = typeof name === 'string' ? shape.schema.getType(name) : undefined
    if (!isObjectType(found) || !shape.schema.isSubType(type, found)) throw givenUp
    const complete = completingObject(shape, found, selections)
    byName.set(name, complete)
    return complete(run, value)
  }
}

/** What is promised keeps its place, in the order of the answer. */
function put<Key extends string | number>(
  run: Run,
  into: Record<Key, unknown>,
  key: Key,
  value: unknown,
  complete: Complete,
) {
  if (!isPromise(value)) {
    into[key] = complete(run, value)
    return
  }
  into[key] = null
  wait(
    run,
    value.then((value) => {
      into[key] = complete(run, value)
    }),
  )
}

export function wait(run: Run, done: Promise<void>) {
  run.waiting.push(done)
  // Whoever waits hears of the first that fails, and is gone when the next one does.
  done.catch(() => {})
}

export const isPromise = (value: unknown): value is Promise<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'

function giveUp(): never {
  throw givenUp
}
