import { type DocumentNode, type ExecutionArgs, getOperationAST, Lexer, Source, TokenKind } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Config } from '../config.ts'
import { AppError } from '../errors.ts'
import { costOf, shapeOf } from './complexity.ts'

/** Far more than the deepest operation needs, and far less than what graphql-js, which recurses, cannot stand. */
const maxNesting = 100

const tooComplex = (what: string, max: number, found?: number) =>
  new AppError('QUERY_TOO_COMPLEX', `${what} at most ${max}${found === undefined ? '' : `, not ${found}`}.`)

/**
 * Bounds what one operation can ask for: its text and nesting before it is parsed, its depth and aliases before it is
 * validated, its cost before it is executed, when the sizes of its pages are known.
 */
export const useLimits = ({ maxCharacters, maxDepth, maxAliases, maxCost }: Config['query']): Plugin => ({
  onParse({ params: { source }, parseFn, setParseFn }) {
    const text = typeof source === 'string' ? source : source.body
    if (text.length > maxCharacters) throw tooComplex('The characters of a query are', maxCharacters, text.length)
    setParseFn((given, options) => {
      assertNesting(text)
      const document: DocumentNode = parseFn(given, options)
      const { depth, aliases } = shapeOf(document)
      if (depth > maxDepth) throw tooComplex('The depth of an operation is', maxDepth, depth)
      if (aliases > maxAliases) throw tooComplex('The aliases of an operation are', maxAliases, aliases)
      return document
    })
  },
  onExecute: ({ args }) => assertCost(args, maxCost),
  onSubscribe: ({ args }) => assertCost(args, maxCost),
})

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

function assertCost({ schema, document, operationName, variableValues }: ExecutionArgs, maxCost: number) {
  const operation = getOperationAST(document, operationName)
  if (!operation) return
  const cost = costOf({ schema, document, operation, variables: variableValues ?? {} })
  if (cost > maxCost) throw tooComplex('The cost of an operation is', maxCost, Math.ceil(cost))
}
