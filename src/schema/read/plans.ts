import type { DocumentNode, FieldNode, GraphQLResolveInfo, OperationDefinitionNode } from 'graphql'
import { rightsOf } from '../../permissions.ts'
import { compile, type Plan } from './compile.ts'
import type { AnyRead, Values } from './read.ts'
import { type Named, nameOf } from './statement-names.ts'
import { splitVariables, variablesBeneath } from './variables.ts'

/** How root fields were read: by a plan made for them, by one that was there, or the plain way. For the metrics. */
export const readCounts = { compiled: 0, hit: 0, plain: 0 }

const maxPlans = 64
const usesBeforePlans = 2

/** One place in one operation, with the plans for the shapes of what requests bring: null where none can be made. */
type Site = {
  operation: OperationDefinitionNode
  fieldNodes: readonly FieldNode[]
  typeName: string | undefined
  variables: string[]
  uses: number
  plans: Map<string, (Plan & Named) | null>
}

/** Keyed by what is parsed: the server keeps parsed documents, and plans go with them. */
const sites = new WeakMap<FieldNode, Site[]>()
const fallenBack = new WeakSet<OperationDefinitionNode>()

/** Whether something in the document was read the plain way although it was asked for often enough. */
export const fellBack = ({ definitions }: DocumentNode): boolean =>
  definitions.some((definition) => fallenBack.has(definition as OperationDefinitionNode))

export const noteFallBack = ({ operation }: GraphQLResolveInfo) => fallenBack.add(operation)

type Found = { run(): Promise<unknown[]> } | 'too early' | 'not compilable'

/** The plan for a read. Documents that are not asked again are read the plain way: making a plan costs more. */
export function planFor(read: AnyRead): Found {
  const { ctx, info, typeName, values, literals } = read
  const site = siteOf(info, typeName)
  if (++site.uses <= usesBeforePlans) return 'too early'
  const { compiled, values: variableValues, shape } = splitVariables(info, site.variables)
  const given = Object.values(values).map((value) => (value === null ? 0 : 1))
  const key = [rightsOf(ctx.viewer), given.join(''), JSON.stringify(literals), shape].join('|')

  let plan = site.plans.get(key)
  if (plan === undefined) {
    plan = tryToCompile(read, compiled)
    // The oldest goes: whoever asks in ever new shapes pays for it, and the others do not.
    if (site.plans.size >= maxPlans) site.plans.delete(site.plans.keys().next().value!)
    site.plans.set(key, plan)
    if (plan) readCounts.compiled++
  } else if (plan) {
    readCounts.hit++
  }
  if (!plan) return 'not compilable'
  const { viewer } = ctx
  const bound: Values = { ...values, ...variableValues, viewer: 'id' in viewer ? viewer.id : null }
  const name = ctx.services.reads.isLasting(ctx.db) ? nameOf(plan) : null
  return { run: () => plan.run(ctx.db, bound, name) }
}

function siteOf(info: GraphQLResolveInfo, typeName: string | undefined): Site {
  const { operation, fieldNodes } = info
  const [first] = fieldNodes
  const known = sites.get(first!) ?? []
  // A fragment is shared by operations, and a field may be selected twice: the same node is not yet the same selection.
  const found = known.find(
    (site) =>
      site.operation === operation &&
      site.typeName === typeName &&
      site.fieldNodes.length === fieldNodes.length &&
      site.fieldNodes.every((node, i) => node === fieldNodes[i]),
  )
  if (found) return found
  const site = { operation, fieldNodes, typeName, variables: variablesBeneath(info), uses: 0, plans: new Map() }
  if (known.length >= maxPlans) known.shift()
  known.push(site)
  sites.set(first!, known)
  return site
}

/** Whatever goes wrong: the plain way says what is wrong with the request, or finds that nothing is. */
function tryToCompile(read: AnyRead, variables: Values) {
  try {
    return { ...compile(read, variables), uses: 0 }
  } catch {
    return null
  }
}
