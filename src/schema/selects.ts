import { type GraphQLResolveInfo, Kind, type SelectionSetNode } from 'graphql'

/** Whether a field is selected of what this one answers, in fragments too; conditions (`@include`, `@skip`) are not looked at. */
export function selects({ fieldNodes, fragments }: GraphQLResolveInfo, name: string): boolean {
  // Looked into once each: fragments that spread each other twice would double the work with every level.
  const visited = new Set<string>()
  const isIn = (selectionSet: SelectionSetNode | undefined): boolean =>
    selectionSet?.selections.some((selection) => {
      if (selection.kind === Kind.FIELD) return selection.name.value === name
      if (selection.kind === Kind.INLINE_FRAGMENT) return isIn(selection.selectionSet)
      const { value } = selection.name
      if (visited.has(value)) return false
      visited.add(value)
      return isIn(fragments[value]?.selectionSet)
    }) ?? false
  return fieldNodes.some(({ selectionSet }) => isIn(selectionSet))
}
