import { setTimeout as sleep } from 'node:timers/promises'
import { answer } from '../ask.ts'
import { createLogPublisher } from './publish-log.ts'
import { createMqemitterPublisher, createRedisPublisher } from './publish-redis.ts'
import { nowMicros } from './topics.ts'
import { firstNumber } from './transfer.ts'

/** Publishes these events; resolves to the moment at which they were committed, or given to Redis. */
export type Publish = (numbers: number[]) => Promise<number>
export type Published = { first: number; micros: Float64Array; elapsedMicros: number }
type Load = { eventsPerSecond: number; seconds: number }

const tickMs = 2
const maxBatch = 500

const kinds = { redis: createRedisPublisher, mqemitter: createMqemitterPublisher, log: createLogPublisher }
const publish = await kinds[process.env.PUBLISHER as keyof typeof kinds]()
let next = firstNumber

async function publishCount(count: number, micros: number[] = []) {
  const numbers = Array.from({ length: count }, (_, index) => next + index)
  next += count
  const at = await publish(numbers)
  for (let index = 0; index < count; index++) micros.push(at)
}

answer({
  ready: () => true,
  async publishOnce({ count }: { count: number }) {
    await publishCount(count)
  },
  /** As many as are due by the clock, each few milliseconds; whatever takes longer makes the next batch larger. */
  async publish({ eventsPerSecond, seconds }: Load): Promise<Published> {
    const first = next
    const micros: number[] = []
    const beganMicros = nowMicros()
    for (let elapsed = 0; elapsed < seconds; elapsed = (nowMicros() - beganMicros) / 1e6) {
      const due = Math.ceil(elapsed * eventsPerSecond) - micros.length
      if (due > 0) await publishCount(Math.min(due, maxBatch), micros)
      if (due <= maxBatch) await sleep(tickMs)
    }
    return { first, micros: Float64Array.from(micros), elapsedMicros: nowMicros() - beganMicros }
  },
})
