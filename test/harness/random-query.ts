import {
  type GraphQLArgument,
  GraphQLBoolean,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  GraphQLNonNull,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql'

/** What arguments may be, as JSON: by the name of the argument, or of its field and its own (`users.filter`). */
export type Domain = Record<string, readonly unknown[]>
/** A whole number from 0 to `below`, without it. */
export type Choose = (below: number) => number
export type RandomQuery = { text: string; variables: Record<string, unknown>[] }

const maxDepth = 5

/**
 * A query over the root fields named, nearly always valid: any selections, aliases, fragments and directives, arguments
 * written out or as variables. The variables come in several sets of the same types.
 */
export function randomQuery(schema: GraphQLSchema, roots: string[], domain: Domain, choose: Choose): RandomQuery {
  const sets = 3
  const definitions: string[] = []
  const fragments: string[] = []
  const spreadable: { name: string; type: GraphQLNamedType }[] = []
  const variables: Record<string, unknown>[] = Array.from({ length: sets }, () => ({}))
  const oneOf = <T>(list: readonly T[]): T => list[choose(list.length)]!
  const sometimes = (oneIn: number) => choose(oneIn) === 0
  let count = 0

  function given(type: GraphQLInputType, values: readonly unknown[]): string {
    if (sometimes(2)) return literal(oneOf(values), type)
    const name = `v${++count}`
    definitions.push(`$${name}: ${type}`)
    for (const set of variables) {
      const value = oneOf(values)
      if (isNonNullType(type) || value !== null || sometimes(2)) set[name] = value
    }
    return `$${name}`
  }

  function argumentsOf(args: readonly GraphQLArgument[], field: string): string {
    const written = args.flatMap(({ name, type }) => {
      const values = domain[`${field}.${name}`] ?? domain[name] ?? []
      if (values.length === 0 || (!isNonNullType(type) && sometimes(2))) return []
      return [`${name}: ${given(type, values)}`]
    })
    return written.length > 0 ? `(${written.join(', ')})` : ''
  }

  const directive = () => {
    if (!sometimes(8)) return ''
    return ` @${oneOf(['include', 'skip'])}(if: ${given(new GraphQLNonNull(GraphQLBoolean), [true, false])})`
  }

  function fieldOf(field: GraphQLField<unknown, unknown>, depth: number): string {
    const type = getNamedType(field.type)
    const args = argumentsOf(field.args, field.name)
    const alias = args || sometimes(6) ? `a${++count}: ` : ''
    const beneath = isLeafType(type) ? '' : ` ${selectionOf(type, depth + 1)}`
    return `${alias}${field.name}${args}${directive()}${beneath}`
  }

  function selectionOf(type: GraphQLNamedType, depth: number): string {
    const fields = isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : []
    const open = fields.filter((field) => depth < maxDepth || isLeafType(getNamedType(field.type)))
    const selected = ['__typename']
    for (let left = 1 + choose(4); left > 0 && open.length > 0; left--) selected.push(fieldOf(oneOf(open), depth))
    if (isInterfaceType(type)) {
      for (const possible of schema.getPossibleTypes(type)) {
        if (sometimes(3)) selected.push(`... on ${possible.name} ${selectionOf(possible, depth + 1)}`)
      }
    }
    if (sometimes(6) && depth < maxDepth)
      selected.push(`... on ${type.name}${directive()} ${selectionOf(type, depth + 1)}`)
    if (sometimes(8) && depth < maxDepth) {
      const name = `F${++count}`
      fragments.push(`fragment ${name} on ${type.name} ${selectionOf(type, depth + 1)}`)
      spreadable.push({ name, type })
      selected.push(`...${name}${directive()}`)
    }
    const again = spreadable.find((fragment) => fragment.type === type)
    if (again && sometimes(3)) selected.push(`...${again.name}${directive()}`)
    if (sometimes(6)) selected.push(oneOf(selected).replace(/ @(include|skip)\(if: [^)]*\)/g, ''))
    return `{ ${selected.join(' ')} }`
  }

  const query = schema.getQueryType()!.getFields()
  const selected = Array.from(
    { length: 1 + choose(2) },
    () => `r${++count}: ${fieldOf(query[oneOf(roots)]!, 1).replace(/^a\d+: /, '')}`,
  )
  const declared = definitions.length > 0 ? `(${definitions.join(', ')})` : ''
  return { text: [`query Random${declared} { ${selected.join(' ')} }`, ...fragments].join('\n'), variables }
}

/** A value as a query writes it: enums without quotes. */
function literal(value: unknown, type: GraphQLInputType): string {
  if (isNonNullType(type)) return literal(value, type.ofType)
  if (value === null) return 'null'
  if (isListType(type)) return `[${(value as unknown[]).map((item) => literal(item, type.ofType)).join(', ')}]`
  if (isInputObjectType(type)) {
    const fields = Object.entries(value as object).map(
      ([name, inner]) => `${name}: ${literal(inner, type.getFields()[name]!.type)}`,
    )
    return `{ ${fields.join(', ')} }`
  }
  return isEnumType(type) ? String(value) : JSON.stringify(value)
}
