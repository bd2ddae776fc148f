import {
  type GraphQLInputType,
  getNamedType,
  getNullableType,
  isInputObjectType,
  isListType,
  type ValueNode,
  valueFromASTUntyped,
} from 'graphql'
import type { Tag } from '../../log/tags.ts'
import { readingOf } from '../../schema/tags.ts'
import type { SelectedField } from './selection.ts'

/** As they were sent, or as GraphQL has read them. */
export type Variables = Readonly<Record<string, unknown>>

/** The arguments of a field with the values of variables in them, as they were sent. */
export function argumentsOf({ node, definition }: SelectedField, variables: Variables): Record<string, unknown> {
  const given = new Map(node.arguments?.map(({ name, value }) => [name.value, value]))
  return Object.fromEntries(
    definition.args.map(({ name, defaultValue }) => [name, literal(given.get(name), variables) ?? defaultValue]),
  )
}

const literal = (node: ValueNode | undefined, variables: Variables) => node && valueFromASTUntyped(node, variables)

/** Whether the arguments of a field could make it read another noun's table. */
export const inputMayRead = ({ definition }: SelectedField) =>
  definition.args.some((argument) => Boolean(readingOf(argument).reads) || mayRead(argument.type))

/** What the arguments that are given make a field read besides. */
export const readByInput = (field: SelectedField, variables: Variables): Tag[] => {
  const values = argumentsOf(field, variables)
  return field.definition.args.flatMap((argument) => readByValue(argument, values[argument.name]))
}

type Input = { type: GraphQLInputType; extensions: object; defaultValue?: unknown }

function readByValue({ type, extensions, defaultValue }: Input, given: unknown): Tag[] {
  const value = given === undefined ? defaultValue : given
  if (value === undefined || value === null) return []
  return [...(readingOf({ extensions }).reads ?? []), ...readInside(type, value)]
}

function readInside(given: GraphQLInputType, value: unknown): Tag[] {
  const type = getNullableType(given)
  if (isListType(type)) return [value].flat().flatMap((item) => readInside(type.ofType, item))
  if (!isInputObjectType(type) || typeof value !== 'object' || value === null) return []
  return Object.values(type.getFields()).flatMap((field) =>
    readByValue(field, (value as Record<string, unknown>)[field.name]),
  )
}

function mayRead(input: GraphQLInputType, visited = new Set<string>()): boolean {
  const type = getNamedType(input)
  if (!isInputObjectType(type) || visited.has(type.name)) return false
  visited.add(type.name)
  return Object.values(type.getFields()).some(
    (field) => Boolean(readingOf(field).reads) || mayRead(field.type, visited),
  )
}
