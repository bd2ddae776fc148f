import { type DocumentNode, type ExecutionArgs, getOperationAST, Kind } from 'graphql'
import { type Compiled, createCompiled } from '../compiled/index.ts'

type Plan = () => Compiled | null
/** Of documents that are kept parsed: worked out once. */
const plans = new WeakMap<DocumentNode, Map<string, Plan>>()

/**
 * The plan of an operation, once it is used, and where what can be asked for stands in the event: what is left to do is to
 * read properties. Fields say so with the extension `standsInEvent`.
 */
export const compiledQueryOf = (args: ExecutionArgs): Compiled | null => planOf(args)()

function planOf(args: ExecutionArgs): Plan {
  const byName = plans.get(args.document) ?? new Map<string, Plan>()
  plans.set(args.document, byName)
  const name = args.operationName ?? ''
  const plan = byName.get(name) ?? makePlan(args)
  byName.set(name, plan)
  return plan
}

function makePlan({ schema, document, operationName }: ExecutionArgs): Plan {
  const definition = getOperationAST(document, operationName)
  const fields = schema.getSubscriptionType()?.getFields()
  const standsInEvent = definition?.selectionSet.selections.every(
    (selection) => selection.kind === Kind.FIELD && fields?.[selection.name.value]?.extensions.standsInEvent,
  )
  return definition && standsInEvent ? createCompiled({ schema, document, definition }) : () => null
}
