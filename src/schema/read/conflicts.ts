import {
  type FieldNode,
  type GraphQLNamedType,
  type GraphQLResolveInfo,
  getNamedType,
  isInterfaceType,
  isObjectType,
  Kind,
  print,
  type SelectionSetNode,
} from 'graphql'

type Selected = { type: GraphQLNamedType; selectionSet: SelectionSetNode }

/**
 * Whether a relation is asked for twice with other arguments: one drizzle query holds a relation once. Fields of one name
 * come to lie in one row, whatever their aliases and the aliases above them.
 */
export function hasConflict({ schema, fragments, returnType, fieldNodes }: GraphQLResolveInfo): boolean {
  const fieldOf = (type: GraphQLNamedType, { name }: FieldNode) =>
    isObjectType(type) || isInterfaceType(type) ? type.getFields()[name.value] : undefined

  function conflictsIn(level: Selected[]): boolean {
    const asked = new Map<string, { args: string; beneath: Selected[] }>()
    const visited = new Set<string>()
    let conflict = false

    function look({ type, selectionSet }: Selected) {
      for (const selection of selectionSet.selections) {
        if (selection.kind === Kind.FIELD) {
          note(type, selection)
        } else {
          const isSpread = selection.kind === Kind.FRAGMENT_SPREAD
          if (isSpread && visited.has(selection.name.value)) continue
          if (isSpread) visited.add(selection.name.value)
          const fragment = isSpread ? fragments[selection.name.value]! : selection
          const condition = fragment.typeCondition?.name.value
          look({ type: (condition && schema.getType(condition)) || type, selectionSet: fragment.selectionSet })
        }
      }
    }

    function note(type: GraphQLNamedType, node: FieldNode) {
      const field = fieldOf(type, node)
      if (!field || !node.selectionSet) return
      const beneath = { type: getNamedType(field.type), selectionSet: node.selectionSet }
      // To the rows of a connection there are two ways.
      if (node.name.value === 'edges') return look(beneath)
      const name = node.name.value === 'node' ? 'nodes' : node.name.value
      const args = (node.arguments ?? []).map(print).toSorted().join()
      const before = asked.get(name) ?? { args, beneath: [] }
      if (before.args !== args) conflict = true
      before.beneath.push(beneath)
      asked.set(name, before)
    }

    level.forEach(look)
    return conflict || [...asked.values()].some(({ beneath }) => conflictsIn(beneath))
  }

  const type = getNamedType(returnType)
  return conflictsIn(fieldNodes.flatMap(({ selectionSet }) => (selectionSet ? [{ type, selectionSet }] : [])))
}
