import {
  type DocumentNode,
  type FieldNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql'
import { defaultPageSize, maxPageSize } from '../schema/builder.ts'
import { fragmentsOf } from './fragments.ts'

/** How long the lists are taken to be that nobody gives a length. */
const listSizes: Record<string, number> = {
  'KycApplication.documents': 20,
  'KycApplication.statusHistory': 10,
  'NotificationSettings.preferences': 3,
  'Query.exchangeRates': 100,
}

export type Variables = Readonly<Record<string, unknown>>
type Shape = { depth: number; aliases: number }

/** How deep the fields of an operation go, and how many have an alias. A fragment counts wherever it is spread. */
export function shapeOf(document: DocumentNode): Shape {
  const fragments = fragmentsOf(document)
  const known = new Map<string, Shape>()
  const none: Shape = { depth: 0, aliases: 0 }

  function ofFragment(name: string): Shape {
    const found = known.get(name)
    if (found) return found
    // One that spreads itself ends here; validation, which comes after this, refuses it.
    known.set(name, none)
    const fragment = fragments.get(name)
    const shape = fragment ? ofSelections(fragment.selectionSet) : none
    known.set(name, shape)
    return shape
  }

  const ofSelections = ({ selections }: SelectionSetNode): Shape =>
    selections.reduce((sum, selection) => {
      const shape =
        selection.kind === Kind.FIELD
          ? ofField(selection)
          : selection.kind === Kind.INLINE_FRAGMENT
            ? ofSelections(selection.selectionSet)
            : ofFragment(selection.name.value)
      return { depth: Math.max(sum.depth, shape.depth), aliases: sum.aliases + shape.aliases }
    }, none)

  function ofField(field: FieldNode): Shape {
    const below = field.selectionSet && !isIntrospection(field) ? ofSelections(field.selectionSet) : none
    return {
      depth: isIntrospection(field) ? 0 : below.depth + 1,
      aliases: below.aliases + (field.alias ? 1 : 0),
    }
  }

  return document.definitions.reduce((largest, definition) => {
    if (definition.kind !== Kind.OPERATION_DEFINITION) return largest
    const { depth, aliases } = ofSelections(definition.selectionSet)
    return { depth: Math.max(largest.depth, depth), aliases: Math.max(largest.aliases, aliases) }
  }, none)
}

type Asked = { schema: GraphQLSchema; document: DocumentNode; operation: OperationDefinitionNode; variables: Variables }

type Cost = { cost: number; readsVariables: boolean }

/**
 * A point for each field that may be answered: those below a list count once for each of its items. `readsVariables`:
 * with other variables it may be another.
 */
export function costOf({ schema, document, operation, variables }: Asked): Cost {
  const fragments = fragmentsOf(document)
  let readsVariables = false
  const known = new Map<string, number>()

  /** `pageSize` is that of the connection whose fields these are. */
  const ofSelections = ({ selections }: SelectionSetNode, type: GraphQLNamedType, pageSize: number): number =>
    selections.reduce((sum, selection) => {
      if (selection.kind === Kind.FIELD) return sum + ofField(selection, type, pageSize)
      if (selection.kind === Kind.FRAGMENT_SPREAD) return sum + ofFragment(selection.name.value, pageSize)
      const condition = selection.typeCondition && schema.getType(selection.typeCondition.name.value)
      return sum + ofSelections(selection.selectionSet, condition ?? type, pageSize)
    }, 0)

  function ofFragment(name: string, pageSize: number): number {
    const key = `${name} ${pageSize}`
    const found = known.get(key)
    if (found !== undefined) return found
    const fragment = fragments.get(name)
    const type = fragment && schema.getType(fragment.typeCondition.name.value)
    const cost = type ? ofSelections(fragment.selectionSet, type, pageSize) : 0
    known.set(key, cost)
    return cost
  }

  function ofField(field: FieldNode, parent: GraphQLNamedType, pageSize: number): number {
    if (isIntrospection(field) || !isCompositeType(parent) || !('getFields' in parent)) return 0
    const definition = parent.getFields()[field.name.value]
    const type = definition && getNamedType(definition.type)
    if (!definition || !type || !field.selectionSet) return 1
    const isPaged = definition.args.some(({ name }) => name === 'first')
    const isList = isListType(getNullableType(definition.type))
    if (isPaged && !isList) return 1 + ofSelections(field.selectionSet, type, pageSizeOf(field))
    const ownSize = lengthOf(field) ?? listSizes[`${parent.name}.${definition.name}`]
    const size = isList ? (ownSize ?? (isPaged ? pageSizeOf(field) : pageSize)) : 1
    return 1 + size * ofSelections(field.selectionSet, type, defaultPageSize)
  }

  /** More than a page can have is refused by the field itself, which says so better. */
  function pageSizeOf(field: FieldNode): number {
    const given = [argument(field, 'first'), argument(field, 'last')].find((value) => typeof value === 'number')
    return Math.min(Math.max(given ?? defaultPageSize, 1), maxPageSize)
  }

  function lengthOf(field: FieldNode): number | undefined {
    const named = [argument(field, 'ids'), argument(field, 'quotes')].find((value) => value != null)
    if (named === undefined || named === Kind.NULL) return undefined
    return Array.isArray(named) ? Math.min(Math.max(named.length, 1), maxPageSize) : 1
  }

  function argument(field: FieldNode, name: string): unknown {
    const value = field.arguments?.find((given) => given.name.value === name)?.value
    if (value?.kind !== Kind.VARIABLE) return literal(value)
    const variable = value.name.value
    readsVariables = true
    if (Object.hasOwn(variables, variable)) return variables[variable]
    return literal(operation.variableDefinitions?.find((given) => given.variable.name.value === variable)?.defaultValue)
  }

  const root = schema.getRootType(operation.operation)
  const cost = isObjectType(root) ? ofSelections(operation.selectionSet, root, defaultPageSize) : 0
  return { cost, readsVariables }
}

/** What the schema says of itself is bounded by the characters that ask for it, and by a rule of graphql-js. */
const isIntrospection = (field: FieldNode) => field.name.value.startsWith('__')

function literal(value: ValueNode | undefined): unknown {
  if (value?.kind === Kind.INT) return Number(value.value)
  return value?.kind === Kind.LIST ? value.values : value?.kind
}
