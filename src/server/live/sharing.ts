import { createHash } from 'node:crypto'
import {
  type DocumentNode,
  type FieldNode,
  type GraphQLSchema,
  getNamedType,
  getOperationAST,
  isCompositeType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  visit,
} from 'graphql'
import { AppError } from '../../errors.ts'
import { fragmentsOf } from '../fragments.ts'

type Asked = {
  schema: GraphQLSchema
  document: DocumentNode
  operationName?: string | null | undefined
  variableValues?: Readonly<Record<string, unknown>> | null | undefined
}

/** Of an operation that Yoga keeps parsed: worked out once. */
type Facts = { id: number; isShareable: boolean; cursorVariable: string | null }
const known = new WeakMap<DocumentNode, Map<string, Facts>>()
let lastId = 0

/**
 * The key under which operations are one and the same work, whoever asks: the same text and variables, but for `after`,
 * which says only where to begin. `isShareable`: no more of the answer than the event's own subject depends on who asks.
 */
export function sharingOf({ schema, document, operationName, variableValues }: Asked) {
  const byName = known.get(document) ?? new Map<string, Facts>()
  known.set(document, byName)
  const name = operationName ?? ''
  const facts = byName.get(name) ?? factsOf(schema, document, name)
  byName.set(name, facts)
  const { id, isShareable, cursorVariable } = facts
  const variables = Object.entries(variableValues ?? {})
    .filter(([variable]) => variable !== cursorVariable)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  // Short, whatever was sent: it stands in the key of everything that is worked out.
  const digest = createHash('sha256').update(textOf(variables)).digest('base64')
  return { key: `${id} ${digest}`, isShareable }
}

function textOf(variables: unknown): string {
  try {
    return JSON.stringify(variables)
  } catch {
    // What came as JSON has a text, but for some thousand levels.
    throw new AppError('BAD_USER_INPUT', 'The variables are nested too deeply.')
  }
}

function factsOf(schema: GraphQLSchema, document: DocumentNode, operationName: string): Facts {
  const operation = getOperationAST(document, operationName || undefined)
  const root = schema.getSubscriptionType()
  const isShareable = Boolean(operation && root && !reachesPerson(schema, document, operation.selectionSet, root.name))
  return { id: ++lastId, isShareable, cursorVariable: cursorVariableOf(document, operation) }
}

/** Types that show more to whom they are about carry `personal`; fields that lead to the event's own subject `ofSubject`. */
function reachesPerson(schema: GraphQLSchema, document: DocumentNode, operation: SelectionSetNode, rootName: string) {
  const fragments = fragmentsOf(document)
  const visited = new Set<string>()

  const inSelections = ({ selections }: SelectionSetNode, typeName: string): boolean =>
    selections.some((selection) => {
      if (selection.kind === Kind.FIELD) return inField(selection, typeName)
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        return inSelections(selection.selectionSet, selection.typeCondition?.name.value ?? typeName)
      }
      const fragment = fragments.get(selection.name.value)
      if (!fragment || visited.has(fragment.name.value)) return false
      visited.add(fragment.name.value)
      return inSelections(fragment.selectionSet, fragment.typeCondition.name.value)
    })

  function inField(field: FieldNode, typeName: string): boolean {
    const parent = schema.getType(typeName)
    const definition = isObjectType(parent) ? parent.getFields()[field.name.value] : undefined
    // A field of an interface: what it is of is known only when it is there.
    if (!definition) return !field.name.value.startsWith('__')
    const type = getNamedType(definition.type)
    if (!isCompositeType(type) || !field.selectionSet) return false
    if (!isObjectType(type)) return true
    if (type.extensions.personal && !definition.extensions.ofSubject) return true
    return inSelections(field.selectionSet, type.name)
  }

  return inSelections(operation, rootName)
}

/** The variable that is the `after` of the subscribed field, and nothing else. */
function cursorVariableOf(
  document: DocumentNode,
  operation: OperationDefinitionNode | null | undefined,
): string | null {
  const field = operation?.selectionSet.selections.find((selection) => selection.kind === Kind.FIELD)
  const after = field?.arguments?.find(({ name }) => name.value === 'after')?.value
  if (after?.kind !== Kind.VARIABLE) return null
  let uses = 0
  visit(document, {
    VariableDefinition: () => false,
    Variable: ({ name }) => void (name.value === after.name.value && uses++),
  })
  return uses === 1 ? after.name.value : null
}
