import { type GraphQLResolveInfo, isEnumType, Kind, type TypeNode, visit } from 'graphql'
import { boundLater } from './bound.ts'

/** The variables that what is selected beneath a field depends on; those of its own arguments are none of them. */
export function variablesBeneath({ fieldNodes, fragments }: GraphQLResolveInfo): string[] {
  const names = new Set<string>()
  const visited = new Set<string>()
  const visitor = {
    Variable: ({ name }: { name: { value: string } }) => void names.add(name.value),
    FragmentSpread: ({ name: { value } }: { name: { value: string } }) => {
      if (visited.has(value)) return
      visited.add(value)
      const fragment = fragments[value]
      if (fragment) visit(fragment, visitor)
    },
  }
  for (const { selectionSet } of fieldNodes) if (selectionSet) visit(selectionSet, visitor)
  return [...names]
}

const isBound = (value: unknown) => (typeof value === 'string' && value !== '') || value instanceof Date

/** Texts and dates are bound later; enums, numbers, booleans and null stand in the plan, and so does all that is a list or an object. */
export function splitVariables({ operation, schema, variableValues }: GraphQLResolveInfo, names: string[]) {
  const compiled: Record<string, unknown> = { ...variableValues }
  const values: Record<string, unknown> = {}
  let shape = ''
  for (const name of names) {
    const value = variableValues[name]
    const definition = operation.variableDefinitions?.find(({ variable }) => variable.name.value === name)
    if (definition && isBound(value) && !isEnumType(schema.getType(namedTypeOf(definition.type)))) {
      const bound = `$${name}`
      values[bound] = value
      compiled[name] = boundLater(bound)
      shape += `?,`
    } else {
      shape += `${name in variableValues ? JSON.stringify(value) : ''},`
    }
  }
  return { compiled, values, shape }
}

function namedTypeOf(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedTypeOf(type.type)
}
