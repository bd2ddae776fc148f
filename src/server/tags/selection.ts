import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql'
import { fragmentsOf } from '../fragments.ts'

export type SelectedField = { node: FieldNode; definition: GraphQLField<unknown, unknown> }
type Selected = { node: FieldNode; definition: SelectedField['definition'] | undefined }

/** What is selected of an object of this type, whatever @skip and @include say; without a definition what is not ours. */
export function selectedFields(document: DocumentNode, type: GraphQLObjectType, selectionSet: SelectionSetNode) {
  const names = new Set([type.name, ...type.getInterfaces().map(({ name }) => name)])
  const fragments = fragmentsOf(document)
  const visited = new Set<string>()

  const inSelections = ({ selections }: SelectionSetNode): FieldNode[] =>
    selections.flatMap((selection) => {
      if (selection.kind === Kind.FIELD) return selection.name.value === '__typename' ? [] : [selection]
      if (selection.kind === Kind.INLINE_FRAGMENT) return inFragment(selection)
      // Once is enough, and fragments that spread each other twice would double the work with every level.
      if (visited.has(selection.name.value)) return []
      visited.add(selection.name.value)
      return inFragment(fragments.get(selection.name.value) ?? nothing)
    })

  const inFragment = ({ typeCondition, selectionSet }: Pick<FragmentDefinitionNode, 'selectionSet'> & Condition) =>
    !typeCondition || names.has(typeCondition.name.value) ? inSelections(selectionSet) : []

  const fields = type.getFields()
  return inSelections(selectionSet).map((node): Selected => ({ node, definition: fields[node.name.value] }))
}

type Condition = { readonly typeCondition?: FragmentDefinitionNode['typeCondition'] | undefined }

const nothing = { selectionSet: { kind: Kind.SELECTION_SET, selections: [] } } as const
