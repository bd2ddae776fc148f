import type { DocumentNode, OperationDefinitionNode } from 'graphql'
import { fieldNamesIn } from '../schema/selects.ts'
import { fragmentsOf } from './fragments.ts'

/** Whether an operation selects one of these fields at its root. */
export const selecting =
  (...names: string[]) =>
  (operation: OperationDefinitionNode, document: DocumentNode): boolean =>
    rootFieldsOf(operation, document).some((field) => names.includes(field))

/** The fields at the root of an operation. */
export function rootFieldsOf(operation: OperationDefinitionNode, document: DocumentNode): string[] {
  const fragments = fragmentsOf(document)
  return [...fieldNamesIn([operation.selectionSet], (name) => fragments.get(name))]
}
