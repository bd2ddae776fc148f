import { inject } from 'vitest'
import { startRedis } from '../services/redis.ts'

const onServices = inject('stack').name === 'services'

/** Embedded there is no Redis; where there is one it may still be off. */
export const withAndWithoutRedis = [
  { name: 'without Redis', withRedis: false },
  ...(onServices ? [{ name: 'with Redis', withRedis: true }] : []),
]

/** A Redis for the tests of a file, where the stack has one. */
export function redisOfStack() {
  let redis: Awaited<ReturnType<typeof startRedis>> | null = null
  return {
    async start() {
      if (onServices) redis = await startRedis()
    },
    stop: () => redis?.stop(),
    url: () => redis?.url,
  }
}
