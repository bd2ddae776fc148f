import { createServer } from 'node:http'
import { useServer } from 'graphql-ws/use/ws'
import { createSchema } from 'graphql-yoga'
import { WebSocketServer } from 'ws'
import { listen } from '../listen.ts'
import { typeDefs } from './operation.ts'
import { createRedisPubSub, subscribeTo } from './redis-pubsub.ts'

// graphql-ws alone, as its documentation begins: a schema, graphql-js, and nothing around them.
const schema = createSchema({
  typeDefs,
  resolvers: { Subscription: { tokenTransfers: { subscribe: subscribeTo(createRedisPubSub()) } } },
})
const server = createServer()
useServer({ schema }, new WebSocketServer({ server, path: '/graphql' }))
listen(server)
