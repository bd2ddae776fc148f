import {
  type ASTVisitor,
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
  specifiedRules,
  type ValidationContext,
  validate,
} from 'graphql'
import { locateLiterals } from './located-literals.ts'

/** All that the schema has against a document, each with the code that it is shown with. */
export function validateDocument(schema: GraphQLSchema, document: DocumentNode): readonly GraphQLError[] {
  const errors = validate(schema, document, rules)
  // Those that have a code have it from a scalar.
  for (const { extensions } of errors) extensions.code ??= 'GRAPHQL_VALIDATION_FAILED'
  return locateLiterals(schema, document, errors)
}

/** A subscription that leaves out its own field has nothing to follow (GraphQL of September 2025, section 5.2.4.1). */
const unconditionalRule = (context: ValidationContext): ASTVisitor => ({
  OperationDefinition({ operation, selectionSet }) {
    if (operation !== 'subscription') return
    const found = conditionalIn(selectionSet, context, new Set())
    if (!found) return
    const message = 'The field of a subscription goes with neither @skip nor @include.'
    context.reportError(new GraphQLError(message, { nodes: found }))
  },
})

function conditionalIn(
  { selections }: SelectionSetNode,
  context: ValidationContext,
  visited: Set<string>,
): SelectionNode | null {
  for (const selection of selections) {
    if (selection.directives?.some(({ name }) => name.value === 'skip' || name.value === 'include')) return selection
    if (selection.kind === Kind.FIELD) continue
    const isSpread = selection.kind === Kind.FRAGMENT_SPREAD
    if (isSpread && visited.has(selection.name.value)) continue
    if (isSpread) visited.add(selection.name.value)
    const below = isSpread ? context.getFragment(selection.name.value) : selection
    const found = below && conditionalIn(below.selectionSet, context, visited)
    if (found) return found
  }
  return null
}

const rules = [...specifiedRules, unconditionalRule]
