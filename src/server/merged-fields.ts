import { type DocumentNode, Kind, type SelectionSetNode } from 'graphql'

/** Whether a field with fields beneath it is selected more than once in one place, on this level or below it. */
export function mergesFields(level: SelectionSetNode[], document: DocumentNode): boolean {
  const beneath = new Map<string, SelectionSetNode[]>()
  const visited = new Set<string>()
  const collect = ({ selections }: SelectionSetNode) => {
    for (const selection of selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet)
      else if (selection.kind === Kind.FIELD) {
        const { alias, name, selectionSet } = selection
        const key = alias?.value ?? name.value
        if (selectionSet) beneath.set(key, [...(beneath.get(key) ?? []), selectionSet])
      } else if (!visited.has(selection.name.value)) {
        visited.add(selection.name.value)
        for (const definition of document.definitions) {
          if (definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === selection.name.value)
            collect(definition.selectionSet)
        }
      }
    }
  }
  level.forEach(collect)
  const sets = [...beneath.values()]
  return sets.some(({ length }) => length > 1) || sets.some((set) => mergesFields(set, document))
}
