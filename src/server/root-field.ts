import { type DocumentNode, Kind, type OperationDefinitionNode, type SelectionSetNode } from 'graphql'

/** Whether an operation selects one of these fields at its root. */
export const selecting =
  (...names: string[]) =>
  (operation: OperationDefinitionNode, document: DocumentNode): boolean =>
    rootFieldsOf(operation, document).some((field) => names.includes(field))

/** The fields at the root of an operation. Each fragment is looked into once: fragments that spread each other twice would double the work with every level. */
export function rootFieldsOf(operation: OperationDefinitionNode, { definitions }: DocumentNode): string[] {
  const fields = new Set<string>()
  const visited = new Set<string>()
  const collect = ({ selections }: SelectionSetNode) => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) fields.add(selection.name.value)
      else if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet)
      else collectFragment(selection.name.value)
    }
  }
  function collectFragment(name: string) {
    if (visited.has(name)) return
    visited.add(name)
    const fragment = definitions.find(
      (definition) => definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === name,
    )
    if (fragment?.kind === Kind.FRAGMENT_DEFINITION) collect(fragment.selectionSet)
  }
  collect(operation.selectionSet)
  return [...fields]
}
