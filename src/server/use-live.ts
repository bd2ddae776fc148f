import {
  type ASTVisitor,
  GraphQLError,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Context } from '../context.ts'
import type { Live } from './live/index.ts'
import type { Sink } from './live/subscription.ts'

/** Subscriptions follow the log: over a WebSocket into its sink, over SSE by being asked. */
export const useLive = (live: Live): Plugin<Context & { sink?: Sink }> => ({
  onValidate({ addValidationRule }) {
    addValidationRule(unconditionalRule)
  },
  onSubscribe({ setSubscribeFn }) {
    setSubscribeFn((args) => live.subscribe(args, args.contextValue.sink ?? null))
  },
})

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
