import {
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  getNamedType,
  isAbstractType,
  isLeafType,
  isObjectType,
} from 'graphql'
import { schema } from '../../src/schema/index.ts'

/** One root field and what is selected beneath it: all values of one object, or one of them alone. */
export type Probe = { root: string; place: string; selection: string; isAlone: boolean }

const maxDepth = 7
const query = schema.getQueryType()!

export const rootFields = Object.keys(query.getFields())

const objectsOf = (type: GraphQLNamedType): readonly GraphQLObjectType[] =>
  isAbstractType(type) ? schema.getPossibleTypes(type) : isObjectType(type) ? [type] : []
const fieldsOf = (type: GraphQLObjectType): GraphQLField<unknown, unknown>[] =>
  Object.values(type.getFields()).filter(({ args }) => args.every(({ type }) => !String(type).endsWith('!')))
const isLeaf = (field: GraphQLField<unknown, unknown>) => isLeafType(getNamedType(field.type))

/**
 * Questions that walk from a root field along every field that leads from one type to another, by the shortest way. Each
 * object is asked for all its values at once and, where its type is first met, for each alone. `of` an interface: which type.
 */
export function probesOf(root: string, call: string, met = new Set<string>(), of?: string): Probe[] {
  const type = getNamedType(query.getFields()[root]!.type)
  if (isLeafType(type)) return [{ root, place: root, selection: call, isAlone: false }]
  const probes: Probe[] = []
  const walked = new Set<string>()

  type Place = { type: GraphQLObjectType; place: string; depth: number; around: (inner: string) => string }
  const placesIn = (type: GraphQLNamedType, { place, depth, around }: Omit<Place, 'type'>): Place[] =>
    objectsOf(type).map((object) => ({
      type: object,
      place,
      depth,
      around: (inner) => around(isAbstractType(type) ? `... on ${object.name} { ${inner} }` : inner),
    }))

  const waiting = placesIn(type, { place: root, depth: 1, around: (inner) => `${call} { ${inner} }` }).filter(
    (first) => of === undefined || first.type.name === of,
  )
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const { type, place, depth, around } = next
    const leaves = fieldsOf(type).filter(isLeaf)
    const ask = (fields: string, isAlone: boolean) =>
      probes.push({ root, place, selection: around(`__typename ${fields}`), isAlone })
    ask(leaves.map(({ name }) => name).join(' '), false)
    if (!met.has(type.name)) for (const { name } of leaves) ask(name, true)
    met.add(type.name)
    if (depth === maxDepth) continue
    for (const field of fieldsOf(type)) {
      const step = `${type.name}.${field.name}`
      if (isLeaf(field) || walked.has(step)) continue
      walked.add(step)
      waiting.push(
        ...placesIn(getNamedType(field.type), {
          place: `${place}.${field.name}`,
          depth: depth + 1,
          around: (inner) => around(`__typename ${field.name} { ${inner} }`),
        }),
      )
    }
  }
  return probes
}
