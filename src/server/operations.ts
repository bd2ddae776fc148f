import {
  type DocumentNode,
  type ExecutionResult,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  type OperationDefinitionNode,
  type OperationTypeNode,
} from 'graphql'
import { LRUCache } from 'lru-cache'
import type { Config } from '../config.ts'
import { type Context, onConnection } from '../context.ts'
import type { Cursor } from '../log/cursor.ts'
import type { Metrics } from '../metrics/index.ts'
import { requestScope } from '../request-scope.ts'
import type { Variables } from './complexity.ts'
import { createExecutor } from './executor.ts'
import { asksForSchema, assertMayExplore } from './introspection.ts'
import { assertLength, bytesPerCharacter, createCostLimit, parseWithin } from './limits.ts'
import type { Live } from './live/index.ts'
import type { Sink } from './live/subscription.ts'
import { createMeasured } from './measured.ts'
import { inSnapshot, selectsCursor } from './snapshot.ts'
import { type TagPlan, tagPlanOf } from './tags.ts'
import { validateDocument } from './validate.ts'

const maxKept = 2_000
const maxKeptBytes = 56 * 2 ** 20
/** Apart: whoever sends nonsense, in ever new words, pushes out nothing of anybody else's. */
const maxRefusedBytes = 8 * 2 ** 20
const bytesPerText = 4_096

const isName = (given: unknown): given is string => typeof given === 'string' && /^[_A-Za-z]\w*$/.test(given)

type Text = { query: string; operationName?: unknown }
/** `after`: what whoever asks has seen of the log. */
type Given = { ctx: Context; variables?: Variables | null | undefined; after?: Cursor | undefined }

export type Operation = {
  document: DocumentNode
  definition: OperationDefinitionNode
  kind: OperationTypeNode
  name: string | null
  /** Null: its answers are not kept. */
  tagPlan: TagPlan | null
  /** Of a query or a mutation. Throws what the viewer or the variables forbid. */
  execute(given: Given): ExecutionResult | Promise<ExecutionResult>
  /** Of a subscription. Without a sink its reader asks for each answer. */
  subscribe(
    given: Given & { sink?: Sink | null | undefined },
  ): Promise<ExecutionResult | AsyncIterableIterator<ExecutionResult>>
}
export type Operations = ReturnType<typeof createOperations>

/** All that is wrong with a text, before anything of it is done. */
export class RefusedOperation extends Error {
  readonly errors: readonly unknown[]

  constructor(errors: readonly unknown[]) {
    super('The operation was refused.')
    this.errors = errors
  }
}

type Options = { schema: GraphQLSchema; config: Config; live: Live; metrics: Metrics }

/**
 * Operations as texts name them, for HTTP, WebSocket and SSE alike. What does not change from one request to the next is
 * done once a text: parsing, validating, counting, finding how it is executed.
 */
export function createOperations({ schema, config, live, metrics }: Options) {
  const measured = createMeasured(metrics)
  const { query: limits, server } = config
  const bounds = {
    max: maxKept,
    sizeCalculation: (_made: unknown, key: string) => bytesPerText + key.length * bytesPerCharacter,
  }
  const kept = new LRUCache<string, Operation>({ ...bounds, maxSize: maxKeptBytes })
  const refused = new LRUCache<string, RefusedOperation>({ ...bounds, maxSize: maxRefusedBytes })

  function make(query: string, operationName: string | null): Operation | RefusedOperation {
    try {
      const document = parseWithin(query, limits)
      const definition = getOperationAST(document, operationName)
      if (!definition) return noOperation()
      const errors = validateDocument(schema, document)
      return errors.length > 0 ? new RefusedOperation(errors) : operationOf(document, definition)
    } catch (error) {
      return new RefusedOperation([error])
    }
  }

  function operationOf(document: DocumentNode, definition: OperationDefinitionNode): Operation {
    const kind = definition.operation
    const operationName = definition.name?.value ?? null
    const assertCost = createCostLimit({ schema, document, operation: definition }, limits)
    const explores = !server.graphiql && asksForSchema(definition, document)
    const needsSnapshot = kind === 'query' && selectsCursor(definition, document)
    const execute = createExecutor({ schema, document, definition })

    return {
      document,
      definition,
      kind,
      name: operationName,
      tagPlan: tagPlanOf(schema, document, definition),
      execute({ ctx, variables, after }) {
        return measured(kind, () => {
          assertCost(variables ?? {})
          if (explores) assertMayExplore(ctx.viewer)
          if (!needsSnapshot) return execute(kind === 'query' ? readingAnywhere(ctx, after) : ctx, variables ?? {})
          return requestScope.run(ctx.requestId, () => inSnapshot(ctx, (inside) => execute(inside, variables ?? {})))
        })
      },
      async subscribe({ ctx, variables, sink }) {
        return measured(kind, () => {
          assertCost(variables ?? {})
          const args = { schema, document, operationName, contextValue: ctx, variableValues: variables }
          return live.subscribe(args, sink ?? null)
        })
      },
    }
  }

  function find({ query, operationName }: Text): Operation | RefusedOperation {
    assertLength(query, limits)
    // Nothing has such a name, and none of them goes into a key.
    if (operationName != null && !isName(operationName)) return noOperation()
    const key = `${operationName ?? ''}\n${query}`
    const known = kept.get(key) ?? refused.get(key)
    if (known) return known
    const made = make(query, operationName ?? null)
    if (made instanceof RefusedOperation) refused.set(key, made)
    else kept.set(key, made)
    return made
  }

  return {
    /** Throws a RefusedOperation. */
    prepare(text: Text): Operation {
      const found = find(text)
      if (found instanceof RefusedOperation) {
        void measured('none', () => ({ errors: found.errors }))
        throw found
      }
      return found
    },
  }
}

/** A query may read from the replica, where there is one that is level with this process. */
function readingAnywhere(ctx: Context, after: Cursor | undefined): Context {
  const db = ctx.services.reads.db(after)
  return db === ctx.db ? ctx : onConnection(ctx, db)
}

const noOperation = () => new RefusedOperation([new GraphQLError('Could not determine what operation to execute.')])
