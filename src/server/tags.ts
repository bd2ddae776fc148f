import { type DocumentNode, type GraphQLSchema, type OperationDefinitionNode, valueFromASTUntyped } from 'graphql'
import { readingOf } from '../schema/tags.ts'
import type { Variables } from './tags/input.ts'
import { planRoot } from './tags/root.ts'
import { type SelectedField, selectedFields } from './tags/selection.ts'

/**
 * The tags on which the answers of an operation rest; an answer that is not public rests on `userTag(viewer)` as well.
 * Variables may be as they were sent.
 */
export type TagPlan = { isPublic: boolean; tagsOf(variables: Variables): string[] }

/** Null: never cached. So is what is no query, what asks the schema about itself, and what reads something without a tag. */
export function tagPlanOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): TagPlan | null {
  const query = schema.getQueryType()
  if (operation.operation !== 'query' || !query) return null
  const roots = selectedFields(document, query, operation.selectionSet)
  if (!roots.every((root): root is SelectedField => root.definition !== undefined)) return null
  const plans = roots.map((root) => planRoot(schema, document, root))
  if (!plans.every((plan) => plan !== null)) return null

  const always = [...new Set(plans.flatMap((plan) => plan.always))]
  const depending = plans.flatMap((plan) => plan.depending)
  const defaults = defaultsOf(operation)
  return {
    isPublic: roots.every(({ definition }) => Boolean(readingOf(definition).public)),
    tagsOf(variables) {
      if (depending.length === 0) return always
      const given = { ...defaults, ...variables }
      return [...new Set([...always, ...depending.flatMap((tagsOf) => tagsOf(given))])]
    },
  }
}

const defaultsOf = ({ variableDefinitions = [] }: OperationDefinitionNode): Variables =>
  Object.fromEntries(
    variableDefinitions.flatMap(({ variable, defaultValue }) =>
      defaultValue ? [[variable.name.value, valueFromASTUntyped(defaultValue)]] : [],
    ),
  )
