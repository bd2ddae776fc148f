import { type DocumentNode, Kind, type SelectionSetNode } from 'graphql'

/**
 * Whether conditions decide what fields are merged into, on this level or below it: where a field with fields beneath it
 * is selected more than once in one place, or where what may be left out comes again after others.
 */
export function mergesFields(level: SelectionSetNode[], document: DocumentNode): boolean {
  const beneath = new Map<string, SelectionSetNode[]>()
  const places = new Map<string, number>()
  const visited = new Set<string>()
  let mayMove = false

  function collect({ selections }: SelectionSetNode, isConditional: boolean) {
    for (const selection of selections) {
      const mayBeLeftOut = isConditional || Boolean(selection.directives?.length)
      if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet, mayBeLeftOut)
      else if (selection.kind === Kind.FIELD) {
        const { alias, name, selectionSet } = selection
        const key = alias?.value ?? name.value
        if (selectionSet) beneath.set(key, [...(beneath.get(key) ?? []), selectionSet])
        const place = places.get(key)
        if (place === undefined) places.set(key, mayBeLeftOut ? places.size + 1 : Number.POSITIVE_INFINITY)
        else mayMove ||= places.size > place
      } else if (!visited.has(selection.name.value)) {
        visited.add(selection.name.value)
        for (const definition of document.definitions) {
          if (definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === selection.name.value)
            collect(definition.selectionSet, mayBeLeftOut)
        }
      }
    }
  }
  for (const selectionSet of level) collect(selectionSet, false)
  const sets = [...beneath.values()]
  return mayMove || sets.some(({ length }) => length > 1) || sets.some((set) => mergesFields(set, document))
}
