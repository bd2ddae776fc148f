import { type DocumentNode, Kind, type OperationDefinitionNode, type SelectionSetNode } from 'graphql'

/** Whether an operation selects one of these fields at its root. Parsed documents are kept by Yoga: each is looked through once. */
export function selecting(...names: string[]) {
  const known = new WeakMap<OperationDefinitionNode, boolean>()
  return (operation: OperationDefinitionNode, document: DocumentNode): boolean => {
    let selects = known.get(operation)
    if (selects === undefined) {
      selects = hasRootField(names, operation.selectionSet, document)
      known.set(operation, selects)
    }
    return selects
  }
}

/** Each fragment is looked into once: fragments that spread each other twice would double the work with every level. */
function hasRootField(names: string[], operation: SelectionSetNode, { definitions }: DocumentNode): boolean {
  const visited = new Set<string>()
  const selects = ({ selections }: SelectionSetNode): boolean =>
    selections.some((selection) => {
      if (selection.kind === Kind.FIELD) return names.includes(selection.name.value)
      if (selection.kind === Kind.INLINE_FRAGMENT) return selects(selection.selectionSet)
      const fragmentName = selection.name.value
      if (visited.has(fragmentName)) return false
      visited.add(fragmentName)
      const fragment = definitions.find(
        (definition) => definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === fragmentName,
      )
      return fragment?.kind === Kind.FRAGMENT_DEFINITION && selects(fragment.selectionSet)
    })
  return selects(operation)
}
