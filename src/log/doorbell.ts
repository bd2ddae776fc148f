import { RedisPubSub } from 'graphql-redis-subscriptions'
import { PubSub, type PubSubEngine } from 'graphql-subscriptions'
import type { Redis } from 'ioredis'
import type { Seal } from '../cache/seal.ts'
import { streams } from '../db/schema/event.ts'
import type { Logger } from '../logger.ts'
import type { LoggedEvent } from './event.ts'

export type Doorbell = ReturnType<typeof createDoorbell>
type Connections = { publisher: Redis; subscriber: Redis; seal: Seal }

const channelOf = (stream: string) => `gatehouse:events:${stream}`

/**
 * Tells other processes of events, with the events in the message. It may lose, repeat or reorder:
 * the tail sorts that out, and within a second finds what it was not told.
 */
export function createDoorbell({ redis, logger }: { redis: Connections | null; logger: Logger }) {
  const pubsub: PubSubEngine = redis
    ? new RedisPubSub({
        publisher: redis.publisher,
        subscriber: redis.subscriber,
        // Text in, text out: what is not ours is dropped when it is opened, not thrown at in a parser.
        serializer: (text) => text,
        deserializer: (text) => text,
      })
    : new PubSub()

  return {
    /** Not awaited by writers: what is committed is committed. */
    ring(events: LoggedEvent[]) {
      for (const stream of new Set(events.map((event) => event.stream))) {
        const channel = channelOf(stream)
        const text = JSON.stringify(events.filter((event) => event.stream === stream))
        pubsub
          .publish(channel, redis ? redis.seal.seal(channel, text) : text)
          .catch((error: unknown) => logger.debug({ err: error, stream }, 'the doorbell was not heard'))
      }
    },
    async listen(onEvents: (events: LoggedEvent[]) => void) {
      await Promise.all(
        streams.map((stream) => {
          const channel = channelOf(stream)
          return pubsub.subscribe(
            channel,
            (message: string) => {
              const text = redis ? redis.seal.open(channel, message) : message
              if (text === null) logger.warn({ stream }, 'a message that is not ours was dropped')
              else onEvents(JSON.parse(text) as LoggedEvent[])
            },
            {},
          )
        }),
      )
    },
  }
}
