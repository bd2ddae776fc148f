import { RedisPubSub } from 'graphql-redis-subscriptions'
import { redisUrl } from '../listen.ts'
import { type Arguments, channelOf } from './operation.ts'

export const createRedisPubSub = () => new RedisPubSub({ connection: redisUrl })

/** Of each subscriber its own iterator of the topic's channel: what is published there is the event. */
export const subscribeTo =
  (pubsub: RedisPubSub) =>
  (_root: unknown, { filter }: Arguments) =>
    pubsub.asyncIterableIterator(channelOf(filter.token))
