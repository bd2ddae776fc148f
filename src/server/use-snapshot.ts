import {
  type DocumentNode,
  execute,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type pg from 'pg'
import { type Context, onConnection } from '../context.ts'
import type { Db } from '../db/client.ts'

/**
 * A query that asks for `eventCursor` runs whole in one snapshot: what it shows is the state right after the event that
 * the cursor names, so that a subscription from there on misses nothing and repeats nothing.
 */
export const useSnapshot = (): Plugin<Context> => ({
  onExecute({ args, setExecuteFn }) {
    const operation = getOperationAST(args.document, args.operationName)
    if (operation?.operation !== 'query' || !selectsCursor(args.document, operation)) return
    setExecuteFn((executed) => {
      const ctx: Context = executed.contextValue
      const run = async (tx: Db) => {
        takeTurns(tx)
        return execute({ ...executed, contextValue: onConnection(ctx, tx) })
      }
      return ctx.services.db.transaction(run, { isolationLevel: 'repeatable read', accessMode: 'read only' })
    })
  },
})

/** Parsed documents are kept by Yoga, so each is looked through once. */
const known = new WeakMap<OperationDefinitionNode, boolean>()

function selectsCursor(document: DocumentNode, operation: OperationDefinitionNode): boolean {
  let selects = known.get(operation)
  if (selects === undefined) {
    selects = hasRootField('eventCursor', operation.selectionSet, document)
    known.set(operation, selects)
  }
  return selects
}

/** Each fragment is looked into once: fragments that spread each other twice would double the work with every level. */
function hasRootField(name: string, operation: SelectionSetNode, { definitions }: DocumentNode): boolean {
  const visited = new Set<string>()
  const selects = ({ selections }: SelectionSetNode): boolean =>
    selections.some((selection) => {
      if (selection.kind === Kind.FIELD) return selection.name.value === name
      if (selection.kind === Kind.INLINE_FRAGMENT) return selects(selection.selectionSet)
      const fragmentName = selection.name.value
      if (visited.has(fragmentName)) return false
      visited.add(fragmentName)
      const fragment = definitions.find(
        (definition) => definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === fragmentName,
      )
      return fragment?.kind === Kind.FRAGMENT_DEFINITION && selects(fragment.selectionSet)
    })
  return selects(operation)
}

type Session = { client: Pick<pg.PoolClient, 'query'> }

/** Fields ask side by side, and pg is about to refuse a statement on a connection that is busy with another one. */
function takeTurns(tx: object) {
  const { session } = tx as { session: Session }
  const { client } = session
  let last: Promise<unknown> = Promise.resolve()
  const query = (...args: Parameters<typeof client.query>) => {
    const turn = last.then(() => client.query(...args))
    last = turn.catch(() => {})
    return turn
  }
  // The session is this transaction's own; the connection goes back to the pool as it came.
  session.client = { query } as unknown as Session['client']
}
