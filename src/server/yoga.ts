import type { ServerResponse } from 'node:http'
import { createYoga } from 'graphql-yoga'
import type { Cursor } from '../log/cursor.ts'
import { schema } from '../schema/index.ts'
import type { Services } from '../services.ts'
import type { Operations } from './operations.ts'
import { type Asked, contextOf } from './request-context.ts'
import { useMaskedErrors } from './use-masked-errors.ts'
import { useOperations } from './use-operations.ts'
import { usePosition } from './use-position.ts'

/** `after`: what whoever asks has seen of the log. */
export type Request = Asked & { res: ServerResponse; after: Cursor | undefined }
export type Yoga = ReturnType<typeof createStreams>

/**
 * Answers that come bit by bit over HTTP: subscriptions as server-sent events. What an operation is and may, and what is
 * about HTTP (bounds, origins, pages), is decided in front of it.
 */
export const createStreams = (services: Services, operations: Operations) =>
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
    parserAndValidationCache: false,
    context: (asked) => contextOf(services, asked),
    plugins: [
      useOperations(operations),
      usePosition(),
      // Last, so that nothing that a step before it said goes out as it was said.
      useMaskedErrors(services.logger),
    ],
  })
