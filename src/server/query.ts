import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'
import type { ExecutionResult } from 'graphql'
import type { Credential } from '../auth/credential.ts'
import { ownerOf } from '../auth/viewers.ts'
import type { Answer, Made, Outcome } from '../cache/answers.ts'
import { publicScope, scopeEnd, scopeOf } from '../cache/scope.ts'
import { createContext } from '../context.ts'
import type { Cursor } from '../log/cursor.ts'
import { reach } from '../log/reach.ts'
import { userTag } from '../log/tags.ts'
import { anonymous, type Viewer } from '../permissions.ts'
import type { Services } from '../services.ts'
import type { Variables } from './complexity.ts'
import type { Operation } from './operations.ts'

type Asked = {
  operation: Operation
  variables: Variables | null | undefined
  viewer: Viewer
  credential: Credential | null
  requestId: string
  body: string
  /** What whoever asks has seen before. */
  after: Cursor | undefined
  mayBeKept: boolean
}

/** Queries, answered from what is kept where it is known to be as good as a new answer. */
export function createQueries(services: Services) {
  const { answers, tails } = services

  async function make(
    { operation, variables, after, ...request }: Omit<Asked, 'body' | 'mayBeKept'>,
    rightsEnd = Number.POSITIVE_INFINITY,
  ) {
    const ctx = createContext({ services, ...request })
    const result = await operation.execute({ ctx, variables, after })
    // Errors carry the id of the request that they are told to.
    if (result.errors) return { refused: result } satisfies Made<ExecutionResult>
    const body = JSON.stringify(result)
    return { body, validUntil: Math.min(ctx.ending.at, rightsEnd) } satisfies Made<ExecutionResult>
  }

  return {
    /** False for who wants nothing of it, and for who has seen what this process cannot show in time. */
    mayBeKept({ 'cache-control': wish }: IncomingHttpHeaders, after: Cursor | undefined): boolean | Promise<boolean> {
      if (wish !== undefined && /\bno-(store|cache)\b/i.test(wish)) return false
      return after === undefined || reach(tails, after)
    },
    /** By the body as it came, whoever sends it. */
    findPublic: (body: string) => answers.find({ scope: publicScope, asked: body }),
    findOwn: (viewer: Viewer, body: string) => answers.find({ scope: scopeOf(viewer), asked: body }),
    /** What is the same for everybody is made as for nobody: nothing of whoever happens to ask first gets into it. */
    run({ mayBeKept, body, ...asked }: Asked): Promise<Outcome<ExecutionResult>> {
      const { operation, variables, viewer } = asked
      const plan = mayBeKept ? operation.tagPlan : null
      if (!plan) return answers.bypass(() => make(asked))
      const tags = plan.tagsOf(variables ?? {})
      if (plan.isPublic) {
        return answers.run({ scope: publicScope, asked: body }, tags, () =>
          make({ ...asked, viewer: anonymous, credential: null }),
        )
      }
      const owner = ownerOf(viewer)
      // Of the rights that the key names: they may be over before the answer is begun.
      const rightsEnd = scopeEnd(viewer)
      const question = { scope: scopeOf(viewer), asked: body }
      return answers.run(question, owner === null ? tags : [...tags, userTag(owner)], () => make(asked, rightsEnd))
    },
  }
}

/** What an answer to a query says of where it comes from, and how many seconds ago it was made (RFC 9111). */
export const cacheHeaders = (cache: Outcome<unknown>['cache'], answer?: Answer): OutgoingHttpHeaders => ({
  'x-cache': cache,
  age: String(answer ? Math.max(0, Math.floor((Date.now() - answer.storedAt) / 1000)) : 0),
})
