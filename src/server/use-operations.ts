import type { DocumentNode } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Context } from '../context.ts'
import type { Operation, Operations } from './operations.ts'
import type { Request } from './yoga.ts'

/** Yoga streams what our operations answer: it neither parses nor validates nor executes by itself. */
export function useOperations(operations: Operations): Plugin<Context & Pick<Request, 'after'>> {
  const byDocument = new WeakMap<DocumentNode, Operation>()
  return {
    onParse({ context, params: { source }, setParsedDocument }) {
      const { operationName } = context.params
      const operation = operations.prepare({ query: String(source), operationName })
      byDocument.set(operation.document, operation)
      setParsedDocument(operation.document)
    },
    onValidate: ({ setResult }) => setResult([]),
    onExecute({ setExecuteFn }) {
      setExecuteFn(({ document, contextValue, variableValues }) =>
        byDocument.get(document)!.execute({ ctx: contextValue, variables: variableValues, after: contextValue.after }),
      )
    },
    onSubscribe({ setSubscribeFn }) {
      setSubscribeFn(({ document, contextValue, variableValues }) =>
        byDocument.get(document)!.subscribe({ ctx: contextValue, variables: variableValues }),
      )
    },
  }
}
