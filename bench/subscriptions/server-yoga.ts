import { createServer } from 'node:http'
import type { ExecutionArgs } from 'graphql'
import { useServer } from 'graphql-ws/use/ws'
import { createSchema, createYoga } from 'graphql-yoga'
import { WebSocketServer } from 'ws'
import { listen } from '../listen.ts'
import { typeDefs } from './operation.ts'
import { createRedisPubSub, subscribeTo } from './redis-pubsub.ts'

// As Yoga's documentation shows subscriptions over graphql-ws, and graphql-redis-subscriptions' its iterators.
const pubsub = createRedisPubSub()
const yoga = createYoga({
  schema: createSchema({
    typeDefs,
    resolvers: { Subscription: { tokenTransfers: { subscribe: subscribeTo(pubsub) } } },
  }),
  graphiql: { subscriptionsProtocol: 'WS' },
})
const server = createServer(yoga)
const sockets = new WebSocketServer({ server, path: yoga.graphqlEndpoint })

type Enveloped = ExecutionArgs & { rootValue: Pick<ReturnType<typeof yoga.getEnveloped>, 'execute' | 'subscribe'> }

useServer(
  {
    execute: (args) => (args as Enveloped).rootValue.execute(args),
    subscribe: (args) => (args as Enveloped).rootValue.subscribe(args),
    async onSubscribe(ctx, _id, params) {
      const { schema, execute, subscribe, contextFactory, parse, validate } = yoga.getEnveloped({
        ...ctx,
        req: ctx.extra.request,
        socket: ctx.extra.socket,
        params,
      })
      const args = {
        schema,
        operationName: params.operationName,
        document: parse(params.query),
        variableValues: params.variables,
        contextValue: await contextFactory(),
        rootValue: { execute, subscribe },
      }
      const errors = validate(args.schema, args.document)
      return errors.length > 0 ? errors : args
    },
  },
  sockets,
)
listen(server)
