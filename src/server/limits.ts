import {
  type DocumentNode,
  type GraphQLSchema,
  Lexer,
  type OperationDefinitionNode,
  parse,
  Source,
  TokenKind,
} from 'graphql'
import type { Config } from '../config.ts'
import { AppError } from '../errors.ts'
import { costOf, shapeOf, type Variables } from './complexity.ts'

/** Far more than the deepest operation needs, and far less than what graphql-js, which recurses, cannot stand. */
const maxNesting = 100
/** What a parsed document takes in memory for each character of its text: measured of texts with much to parse, and of such with much that is wrong with them. */
export const bytesPerCharacter = 220

type Limits = Config['query']

const tooComplex = (what: string, max: number, found?: number) =>
  new AppError('QUERY_TOO_COMPLEX', `${what} at most ${max}${found === undefined ? '' : `, not ${found}`}.`)

/** What is longer is not even looked up. */
export function assertLength(text: string, { maxCharacters }: Limits) {
  if (text.length > maxCharacters) throw tooComplex('The characters of a query are', maxCharacters, text.length)
}

/** Bounds what one text can ask for: its nesting before it is parsed, its depth and aliases before it is validated. */
export function parseWithin(text: string, { maxDepth, maxAliases }: Limits): DocumentNode {
  assertNesting(text)
  const document = parse(text)
  const { depth, aliases } = shapeOf(document)
  if (depth > maxDepth) throw tooComplex('The depth of an operation is', maxDepth, depth)
  if (aliases > maxAliases) throw tooComplex('The aliases of an operation are', maxAliases, aliases)
  return document
}

function assertNesting(text: string) {
  const lexer = new Lexer(new Source(text))
  let nesting = 0
  for (let token = lexer.advance(); token.kind !== TokenKind.EOF; token = lexer.advance()) {
    if (opening.has(token.kind)) nesting += 1
    else if (closing.has(token.kind)) nesting -= 1
    if (nesting > maxNesting) throw tooComplex('The nesting of brackets in a query is', maxNesting)
  }
}

const opening = new Set<TokenKind>([TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L])
const closing = new Set<TokenKind>([TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R])

type Asked = { schema: GraphQLSchema; document: DocumentNode; operation: OperationDefinitionNode }

/** Bounds the cost of an operation, which is known when the sizes of its pages are: counted each time only where variables give them. */
export function createCostLimit(asked: Asked, { maxCost }: Limits) {
  let fixed: number | null = null
  return (variables: Variables) => {
    let cost = fixed
    if (cost === null) {
      const counted = costOf({ ...asked, variables })
      cost = counted.cost
      if (!counted.readsVariables) fixed = cost
    }
    if (cost > maxCost) throw tooComplex('The cost of an operation is', maxCost, Math.ceil(cost))
  }
}
