import { type DocumentNode, Kind, type SelectionSetNode } from 'graphql'
import { fragmentsOf } from '../fragments.ts'

/** How many there are when each fragment stands wherever it is spread: what is planned is planned there each time. */
export function selectionsIn(selectionSet: SelectionSetNode, document: DocumentNode): number {
  const fragments = fragmentsOf(document)
  const known = new Map<string, number>()

  const count = ({ selections }: SelectionSetNode): number =>
    selections.reduce((sum, selection) => {
      if (selection.kind === Kind.FRAGMENT_SPREAD) return sum + 1 + inFragment(selection.name.value)
      return sum + 1 + (selection.selectionSet ? count(selection.selectionSet) : 0)
    }, 0)

  function inFragment(name: string): number {
    const found = known.get(name)
    if (found !== undefined) return found
    const fragment = fragments.get(name)
    const selections = fragment ? count(fragment.selectionSet) : 0
    known.set(name, selections)
    return selections
  }

  return count(selectionSet)
}
