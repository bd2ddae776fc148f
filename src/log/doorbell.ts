import { RedisPubSub } from 'graphql-redis-subscriptions'
import { PubSub, type PubSubEngine } from 'graphql-subscriptions'
import type { Redis } from 'ioredis'
import { z } from 'zod'
import { redisNames } from '../cache/names.ts'
import type { Seal } from '../cache/seal.ts'
import { type Stream, streams } from '../db/schema/event.ts'
import type { Logger } from '../logger.ts'
import { parseJson } from '../parse-json.ts'
import { type LoggedEvent, loggedEvent } from './event.ts'

export type Doorbell = ReturnType<typeof createDoorbell>
type Connections = { publisher: Redis; subscriber: Redis; seal: Seal }

const channelOf = redisNames.events
const message = z.array(loggedEvent)

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
        deserializer: (text) => String(text),
      })
    : new PubSub()

  /** Null for what is not ours, and for what a gateway of another version means by it. */
  function open(stream: Stream, sealed: string): LoggedEvent[] | null {
    const text = redis ? redis.seal.open(channelOf(stream), sealed) : sealed
    const parsed = parseJson(text)
    // What was parsed, and not a copy of it: it stays in the tail's ring, with thousands of others.
    const events = message.safeParse(parsed).success ? (parsed as LoggedEvent[]) : null
    return events?.every((event) => event.stream === stream) ? events : null
  }

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
      // RedisPubSub leaves a rejection to nobody when SUBSCRIBE fails: first it must have gone well.
      if (redis) await redis.subscriber.subscribe(...streams.map(channelOf))
      await Promise.all(
        streams.map((stream) => {
          const hear = (sealed: string) => {
            const events = open(stream, sealed)
            if (events) onEvents(events)
            else logger.warn({ stream }, 'a message that is not ours was dropped')
          }
          return pubsub.subscribe(channelOf(stream), hear, {})
        }),
      )
    },
  }
}
