import {
  type DocumentNode,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isObjectType,
  type SelectionSetNode,
} from 'graphql'
import type { Tag } from '../../log/tags.ts'
import { type Reading, readingOf } from '../../schema/tags.ts'
import { inputMayRead } from './input.ts'
import { type SelectedField, selectedFields } from './selection.ts'

/** What is read where a root field answers with this type: `own` are the tags that narrow ones can stand for. */
export type Found = { type: GraphQLObjectType; own: Set<Tag>; others: Set<Tag>; inputs: SelectedField[] }

export const typesOf = (schema: GraphQLSchema, type: GraphQLNamedType): readonly GraphQLObjectType[] =>
  isAbstractType(type) ? schema.getPossibleTypes(type) : isObjectType(type) ? [type] : []

/** Null when a type that may be met says nothing of what it reads. */
export function findReads(
  schema: GraphQLSchema,
  document: DocumentNode,
  type: GraphQLObjectType,
  selectionSet: SelectionSetNode,
): Found | null {
  const found: Found = { type, own: new Set(), others: new Set(), inputs: [] }
  const visited = new Map<SelectionSetNode, Set<string>>()

  const add = (tags: Reading['reads'] | null, isOwn: boolean) => {
    for (const tag of tags ?? []) found[isOwn ? 'own' : 'others'].add(tag)
  }

  function isFirstVisit(selectionSet: SelectionSetNode, place: string) {
    const places = visited.get(selectionSet) ?? new Set()
    visited.set(selectionSet, places)
    return places.size < places.add(place).size
  }

  /** False when it is not known what is read. */
  function inObject(type: GraphQLObjectType, selectionSet: SelectionSetNode, isOwn: boolean): boolean {
    if (!isFirstVisit(selectionSet, `${type.name} ${isOwn}`)) return true
    const reads = readsOf(type)
    add(reads, isOwn)
    return (
      reads !== null &&
      selectedFields(document, type, selectionSet).every(
        ({ node, definition }) =>
          definition &&
          inField({ node, definition }, isOwn && (isOfConnection(type) || readingOf(definition).own === true)),
      )
    )
  }

  function inField(field: SelectedField, isOwn: boolean): boolean {
    const { node, definition } = field
    add(readingOf(definition).reads, isOwn)
    if (inputMayRead(field)) found.inputs.push(field)
    return (
      !node.selectionSet ||
      typesOf(schema, getNamedType(definition.type)).every((possible) => inObject(possible, node.selectionSet!, isOwn))
    )
  }

  return inObject(type, selectionSet, true) ? found : null
}

/** A connection, its edges and its page are what their nodes are; Relay keeps these names for them. */
const isOfConnection = ({ name }: GraphQLObjectType) => /(Connection|Edge|^PageInfo)$/.test(name)

function readsOf(type: GraphQLObjectType): Reading['reads'] | null {
  if (!isOfConnection(type)) return readingOf(type).reads ?? null
  const { nodes, node } = type.getFields()
  const named = getNamedType((nodes ?? node)?.type)
  return isObjectType(named) ? readsOf(named) : []
}
