import { type DocumentNode, type ExecutionArgs, getOperationAST, Kind } from 'graphql'
import { type CompiledQuery, compileQuery, isCompiledQuery } from 'graphql-jit'

/** Compiling costs more than executing a few times. */
const usesBeforeCompiling = 2

type Plan = { uses: number; mayCompile: boolean; query: CompiledQuery['query'] | null }
/** Of documents that are kept parsed: worked out once. */
const plans = new WeakMap<DocumentNode, Map<string, Plan>>()

/**
 * The operation compiled by graphql-jit, once it is used, and where what can be asked for stands in the event: what is
 * left to do is to read properties. Fields say so with the extension `standsInEvent`. Over resolvers that ask the
 * database graphql-jit would ask again for what is there.
 */
export function compiledQueryOf(args: ExecutionArgs): CompiledQuery['query'] | null {
  const plan = planOf(args)
  if (plan.mayCompile && ++plan.uses > usesBeforeCompiling) compile(plan, args)
  return plan.query
}

function planOf(args: ExecutionArgs): Plan {
  const byName = plans.get(args.document) ?? new Map<string, Plan>()
  plans.set(args.document, byName)
  const name = args.operationName ?? ''
  const plan = byName.get(name) ?? { uses: 0, mayCompile: canBeCompiled(args), query: null }
  byName.set(name, plan)
  return plan
}

function compile(plan: Plan, { schema, document, operationName }: ExecutionArgs) {
  plan.mayCompile = false
  const made = compileQuery(schema, document, operationName ?? undefined)
  if (isCompiledQuery(made)) plan.query = (made as CompiledQuery).query
}

function canBeCompiled({ schema, document, operationName }: ExecutionArgs): boolean {
  const operation = getOperationAST(document, operationName)
  const fields = schema.getSubscriptionType()?.getFields()
  if (!operation || !fields) return false
  // graphql-jit 0.8.9 refuses a variable that must have a value and has it from its default.
  const hasRequiredDefault = operation.variableDefinitions?.some(
    ({ type, defaultValue }) => type.kind === Kind.NON_NULL_TYPE && defaultValue,
  )
  const standsInEvent = operation.selectionSet.selections.every(
    (selection) => selection.kind === Kind.FIELD && fields[selection.name.value]?.extensions.standsInEvent,
  )
  return standsInEvent && !hasRequiredDefault
}
