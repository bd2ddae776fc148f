import { type DocumentNode, type GraphQLObjectType, type GraphQLSchema, getNamedType, isAbstractType } from 'graphql'
import { nounOf } from '../../ids.ts'
import { readingOf } from '../../schema/tags.ts'
import { argumentsOf, inputMayRead, readByInput, type Variables } from './input.ts'
import { type Found, findReads, typesOf } from './reads.ts'
import type { SelectedField } from './selection.ts'

type TagsOf = (variables: Variables) => string[]
/** The tags of what a root field reads, those that depend on variables apart. */
type RootPlan = { always: string[]; depending: TagsOf[] }

/** Null when something that may be read has no tag. */
export function planRoot(schema: GraphQLSchema, document: DocumentNode, root: SelectedField): RootPlan | null {
  const { selectionSet } = root.node
  const type = getNamedType(root.definition.type)
  // A value of no object: nobody says whence it is.
  if (!selectionSet) return null
  const found = typesOf(schema, type).map((possible) => findReads(schema, document, possible, selectionSet))
  if (!found.every((one) => one !== null)) return null

  const inputs = [...(inputMayRead(root) ? [root] : []), ...found.flatMap((one) => one.inputs)]
  const byInput = inputs.map(
    (field): TagsOf =>
      (variables) =>
        readByInput(field, variables),
  )
  const { ids, narrow } = readingOf(root.definition)
  const all = found.flatMap((one) => tagsOf(one, null))
  if (!ids && !narrow) return { always: all, depending: byInput }

  const narrowed: TagsOf = (variables) => {
    const given = argumentsOf(root, variables)
    if (narrow) return found.flatMap((one) => tagsOf(one, narrow(given)))
    return [ids?.(given)].flat().flatMap((id) => {
      if (typeof id !== 'string') return all
      const candidates = isAbstractType(type) ? found.filter((one) => isOf(one.type, id)) : found
      return candidates.flatMap((one) => tagsOf(one, tagsById(one.type, id)))
    })
  }
  return { always: [], depending: [narrowed, ...byInput] }
}

const tagsOf = ({ own, others }: Found, narrow: string[] | null) => [...others, ...(narrow ?? own)]

function tagsById(type: GraphQLObjectType, id: string) {
  const { tagById } = readingOf(type)
  return tagById ? [tagById(id)] : null
}

/** `kycApplication`, the noun of an id, is the type KycApplication. */
const isOf = ({ name }: GraphQLObjectType, id: string) => name === nounOf(id)?.replace(/^./, (c) => c.toUpperCase())
