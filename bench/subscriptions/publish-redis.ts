import { Redis } from 'ioredis'
import createEmitter from 'mqemitter-redis'
import { channelOf } from './operation.ts'
import type { Publish } from './publisher.ts'
import { nowMicros } from './topics.ts'
import { shownTransfer } from './transfer.ts'

/** One message an event, the value of the root field by its name: what graphql-redis-subscriptions sends. */
export async function createRedisPublisher(): Promise<Publish> {
  const redis = new Redis(process.env.REDIS_URL!, { enableAutoPipelining: true })
  return async (numbers) => {
    const at = nowMicros()
    await Promise.all(
      numbers.map((number) => {
        const event = shownTransfer(number)
        return redis.publish(channelOf(event.transfer.token), JSON.stringify({ tokenTransfers: event }))
      }),
    )
    return at
  }
}

/** The same by Mercurius’ emitter. */
export async function createMqemitterPublisher(): Promise<Publish> {
  const emitter = createEmitter({ connectionString: process.env.REDIS_URL! })
  return async (numbers) => {
    const at = nowMicros()
    await Promise.all(
      numbers.map((number) => {
        const event = shownTransfer(number)
        const message = { topic: channelOf(event.transfer.token), payload: { tokenTransfers: event } }
        return new Promise<void>((resolve) => emitter.emit(message, () => resolve()))
      }),
    )
    return at
  }
}
