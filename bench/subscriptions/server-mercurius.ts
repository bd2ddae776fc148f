import Fastify from 'fastify'
import { mercurius } from 'mercurius'
import createEmitter from 'mqemitter-redis'
import { redisUrl } from '../listen.ts'
import { type Arguments, channelOf, typeDefs } from './operation.ts'

// As "Subscription support (with redis)" of its documentation: a topic for each subject, so that nothing is filtered.
const app = Fastify()
app.register(mercurius, {
  schema: typeDefs,
  resolvers: {
    Subscription: {
      tokenTransfers: {
        subscribe: (_root: unknown, { filter }: Arguments, { pubsub }) => pubsub.subscribe(channelOf(filter.token)),
      },
    },
  },
  subscription: { emitter: createEmitter({ connectionString: redisUrl }) },
})
console.log(`ready at ${await app.listen({ port: 0, host: '127.0.0.1' })}`)
