import type { DocumentNode, FieldNode, GraphQLResolveInfo, OperationDefinitionNode } from 'graphql'
import { LRUCache } from 'lru-cache'
import type { Context } from '../../context.ts'
import { isPreparationLost } from '../../db/errors.ts'
import { rightsOf } from '../../permissions.ts'
import { compile, type Plan } from './compile.ts'
import type { AnyRead, Values } from './read.ts'
import { giveUpName, type Named, nameOf } from './statement-names.ts'
import { splitVariables, variablesBeneath } from './variables.ts'

/** How root fields were read: by a plan made for them, by one that was there, or the plain way. For the metrics. */
export const readCounts = { compiled: 0, hit: 0, plain: 0 }

const maxSites = 64
const usesBeforePlans = 2
const maxPlanBytes = 64 * 2 ** 20
/** Measured: what drizzle builds for a statement grows with it. */
const bytesPerCharacter = 13
const bytesPerPlan = 2_048

/** One place in one operation. */
type Site = {
  number: number
  operation: OperationDefinitionNode
  fieldNodes: readonly FieldNode[]
  typeName: string | undefined
  variables: string[]
  uses: number
}

/** By site, and by the shape of what a request brings. Whoever asks in ever new shapes keeps nobody's that are in use from staying. */
const plans = new LRUCache<string, (Plan & Named) | 'none'>({
  maxSize: maxPlanBytes,
  sizeCalculation: (plan, key) =>
    bytesPerPlan + key.length + (plan === 'none' ? 0 : plan.sql.length * bytesPerCharacter),
})
let lastSite = 0

/** Keyed by what is parsed: the server keeps parsed documents, and sites go with them. */
const sites = new WeakMap<FieldNode, Site[]>()
const fallenBack = new WeakSet<OperationDefinitionNode>()

/** Whether something in the document was read the plain way although it was asked for often enough. */
export const fellBack = ({ definitions }: DocumentNode): boolean =>
  definitions.some((definition) => fallenBack.has(definition as OperationDefinitionNode))

const planned = new WeakSet<OperationDefinitionNode>()

/** Whether something in the operation has a plan: before that, rows are not yet read whole. */
export const hasPlan = (operation: OperationDefinitionNode): boolean => planned.has(operation)

export const noteFallBack = ({ operation }: GraphQLResolveInfo) => fallenBack.add(operation)

type Found = { run(): Promise<unknown[]> } | 'too early' | 'not compilable'

/** The plan for a read. Documents that are not asked again are read the plain way: making a plan costs more. */
export function planFor(read: AnyRead): Found {
  const { ctx, info, typeName, values, literals } = read
  const site = siteOf(info, typeName)
  if (++site.uses <= usesBeforePlans) return 'too early'
  const { compiled, values: variableValues, shape } = splitVariables(info, site.variables)
  const given = Object.values(values).map((value) => (value === null ? 0 : 1))
  const key = [site.number, rightsOf(ctx.viewer), given.join(''), JSON.stringify(literals), shape].join('|')

  const known = plans.get(key)
  const plan = known ?? tryToCompile(read, compiled)
  if (!known) plans.set(key, plan)
  if (plan === 'none') return 'not compilable'
  if (!known) planned.add(info.operation)
  readCounts[known ? 'hit' : 'compiled']++
  const { viewer } = ctx
  const bound: Values = { ...values, ...variableValues, viewer: 'id' in viewer ? viewer.id : null }
  return { run: () => run(plan, ctx, bound) }
}

async function run(plan: Plan & Named, { db, services }: Context, values: Values): Promise<unknown[]> {
  const together = services.reads.together(db)
  // Of a transaction nothing outlives the request.
  const name = together ? nameOf(plan, db) : null
  const on = together && plan.isShort ? together : db
  try {
    return await plan.run(on, values, name)
  } catch (error) {
    if (name === null || !isPreparationLost(error)) throw error
    giveUpName(plan)
    return plan.run(on, values, null)
  }
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
  const site = { number: ++lastSite, operation, fieldNodes, typeName, variables: variablesBeneath(info), uses: 0 }
  if (known.length >= maxSites) known.shift()
  known.push(site)
  sites.set(first!, known)
  return site
}

/** Whatever goes wrong: the plain way says what is wrong with the request, or finds that nothing is. */
function tryToCompile(read: AnyRead, variables: Values) {
  try {
    return { ...compile(read, variables), uses: 0 }
  } catch {
    return 'none'
  }
}
