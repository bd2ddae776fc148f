import type { ServerResponse } from 'node:http'
import { createYoga } from 'graphql-yoga'
import type { Credential } from '../auth/credential.ts'
import { createContext } from '../context.ts'
import { schema } from '../schema/index.ts'
import type { Services } from '../services.ts'
import { createLive } from './live/index.ts'
import type { Sink } from './live/subscription.ts'
import { useExecutor } from './use-executor.ts'
import { useIntrospection } from './use-introspection.ts'
import { useLimits } from './use-limits.ts'
import { useLive } from './use-live.ts'
import { useLocatedLiterals } from './use-located-literals.ts'
import { useMaskedErrors } from './use-masked-errors.ts'
import { usePosition } from './use-position.ts'
import { useSnapshot } from './use-snapshot.ts'

/** What the server knows of an operation before GraphQL begins. Over a WebSocket there is no `res` but a sink. */
export type Request = { requestId: string; credential: Credential | null; res?: ServerResponse; sink?: Sink }

export type Yoga = ReturnType<typeof createGraphQL>

/** GraphQL from the parsed body to the result. What is about HTTP (bounds, origins, pages) is decided in front of it. */
export const createGraphQL = (services: Services) =>
  createYoga<Request>({
    schema,
    graphqlEndpoint: '/graphql',
    graphiql: false,
    cors: false,
    maxRequestBodySize: false,
    multipart: false,
    batching: false,
    landingPage: false,
    logging: false,
    maskedErrors: false,
    context: async ({ requestId, credential }) => {
      const viewer = await services.viewers.resolve(credential?.token ?? null)
      return createContext({ services, viewer, requestId, credential })
    },
    plugins: [
      useLimits(services.config.query),
      useLocatedLiterals(),
      useIntrospection(services.config.server),
      // First the common case; the snapshot replaces it for the operations that need one.
      useExecutor(),
      useSnapshot(),
      useLive(createLive(services)),
      usePosition(),
      // Last, so that nothing that a step before it said goes out as it was said.
      useMaskedErrors(services.logger),
    ],
  })
