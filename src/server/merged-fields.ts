import { type DocumentNode, Kind, type OperationDefinitionNode, type SelectionSetNode, visit } from 'graphql'

/**
 * Whether a field with fields beneath it is selected more than once in one place of an operation that has conditions.
 * graphql-jit 0.8.9 then takes the condition of one for that of all, and shows what was not to be there.
 */
export function mergesConditionally(operation: OperationDefinitionNode, document: DocumentNode): boolean {
  let hasConditions = false
  visit(document, {
    Directive: ({ name }) => {
      hasConditions ||= name.value === 'include' || name.value === 'skip'
    },
  })
  return hasConditions && merges([operation.selectionSet], document)
}

function merges(level: SelectionSetNode[], document: DocumentNode): boolean {
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
  return sets.some(({ length }) => length > 1) || sets.some((set) => merges(set, document))
}
