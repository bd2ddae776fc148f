import { type FragmentDefinitionNode, type GraphQLResolveInfo, Kind, type SelectionSetNode } from 'graphql'

type FragmentOf = (name: string) => FragmentDefinitionNode | undefined

/**
 * The fields that are selected on one level, in fragments too; conditions (`@include`, `@skip`) are not looked at. Each
 * fragment is looked into once: fragments that spread each other twice would double the work with every level.
 */
export function fieldNamesIn(level: SelectionSetNode[], fragmentOf: FragmentOf): Set<string> {
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
    const fragment = fragmentOf(name)
    if (fragment) collect(fragment.selectionSet)
  }
  level.forEach(collect)
  return fields
}

/** Whether a field is selected of what this one answers. */
export function selects({ fieldNodes, fragments }: GraphQLResolveInfo, name: string): boolean {
  const level = fieldNodes.flatMap(({ selectionSet }) => selectionSet ?? [])
  return fieldNamesIn(level, (fragment) => fragments[fragment]).has(name)
}
