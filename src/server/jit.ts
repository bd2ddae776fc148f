import {
  type DocumentNode,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  visit,
} from 'graphql'
import { type CompiledQuery, compileQuery, isCompiledQuery } from 'graphql-jit'
import { LRUCache } from 'lru-cache'
import { mergesFields } from './merged-fields.ts'

/** Compiling costs more than executing a few times, and who sends each text once must not make us compile it. */
const usesBeforeCompiling = 2
/** Compiling takes about half a millisecond for each, in one go. */
const maxSelections = 500
/** Of all operations together: the code for each takes some 4 KiB. */
const maxKeptSelections = 8_000

export type Compiled = CompiledQuery['query']
type Asked = { schema: GraphQLSchema; document: DocumentNode; definition: OperationDefinitionNode }

const kept = new LRUCache<OperationDefinitionNode, { query: Compiled; selections: number }>({
  maxSize: maxKeptSelections,
  sizeCalculation: ({ selections }) => selections,
})

/** The operation compiled by graphql-jit, once it is used; null before that, and for what graphql-js alone answers rightly. */
export function createCompiled({ schema, document, definition }: Asked): () => Compiled | null {
  let uses = 0
  let mayCompile: boolean | null = null

  function compile(): Compiled | null {
    const selections = selectionsIn(definition.selectionSet, document)
    mayCompile ??= selections <= maxSelections && answersRightly(definition, document)
    if (!mayCompile) return null
    const made = compileQuery(schema, document, definition.name?.value)
    mayCompile = isCompiledQuery(made)
    if (!isCompiledQuery(made)) return null
    const { query } = made as CompiledQuery
    kept.set(definition, { query, selections })
    return query
  }

  return () => {
    if (mayCompile === false || ++uses <= usesBeforeCompiling) return null
    return kept.get(definition)?.query ?? compile()
  }
}

/** Whether graphql-jit 0.8.9 does with an operation what graphql-js does. */
function answersRightly(definition: OperationDefinitionNode, document: DocumentNode): boolean {
  const variables = definition.variableDefinitions ?? []
  // It refuses such a variable that must have a value, makes texts of dates, and takes null for a value where it is none.
  if (variables.some(({ defaultValue }) => defaultValue)) return false
  // A variable of this name never has a value there.
  if (variables.some(({ variable }) => variable.name.value === '__proto__')) return false
  let isRight = true
  let hasConditions = false
  let isSpreadTwice = false
  const spread = new Set<string>()
  visit(document, {
    // It writes such a text into the code that it makes, and what stands behind a mark of its own there it takes for
    // JavaScript: no text of a client's gets there. Whoever asks often has it in variables.
    StringValue: () => {
      isRight = false
    },
    // By the names of a field and of those above it, joined by underscores, it finds what a resolver is told.
    Field: ({ alias }) => {
      isRight &&= !alias?.value.includes('_')
    },
    Directive: () => {
      hasConditions = true
    },
    FragmentSpread: ({ name }) => {
      isSpreadTwice ||= spread.has(name.value)
      spread.add(name.value)
    },
  })
  // The condition of one place where a fragment is spread, or a field selected, it takes for that of all. And what is left
  // out where it stands first, and comes again, it answers where it stood first.
  return isRight && !(hasConditions && (isSpreadTwice || mergesFields([definition.selectionSet], document)))
}

/** How many there are when each fragment stands wherever it is spread: it is compiled there each time. */
function selectionsIn(selectionSet: SelectionSetNode, { definitions }: DocumentNode): number {
  const known = new Map<string, number>()

  const count = ({ selections }: SelectionSetNode): number =>
    selections.reduce((sum, selection) => {
      if (selection.kind === Kind.FRAGMENT_SPREAD) return sum + 1 + inFragment(selection.name.value)
      return sum + 1 + (selection.selectionSet ? count(selection.selectionSet) : 0)
    }, 0)

  function inFragment(name: string): number {
    const found = known.get(name)
    if (found !== undefined) return found
    const fragment = definitions.find((one) => one.kind === Kind.FRAGMENT_DEFINITION && one.name.value === name)
    const selections = fragment?.kind === Kind.FRAGMENT_DEFINITION ? count(fragment.selectionSet) : 0
    known.set(name, selections)
    return selections
  }

  return count(selectionSet)
}
