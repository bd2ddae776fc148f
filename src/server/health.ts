import { setTimeout as sleep } from 'node:timers/promises'
import { HeadBucketCommand } from '@aws-sdk/client-s3'
import type { Services } from '../services.ts'
import { bucketName } from '../storage/buckets.ts'

const boundMs = 1_000

type State = 'ok' | 'unreachable' | 'behind' | 'not configured'

/** Anybody may ask, without a limit: who asks while another is being answered shares that answer, and costs nobody a connection. */
export function createReadiness(services: Services) {
  let looking: ReturnType<typeof readiness> | null = null
  return () => {
    looking ??= readiness(services).finally(() => {
      looking = null
    })
    return looking
  }
}

/**
 * Whether requests should come here. Without PostgreSQL nothing can be said that is right; without Redis all is slower,
 * without the object store documents wait: no reason to send everybody away.
 */
async function readiness({ tailPool, tails, redis, storage }: Services) {
  const abortSignal = AbortSignal.timeout(boundMs)
  const [database, redisState, objectStore] = await Promise.all([
    // Not a connection of the requests: a gateway with much to do is still a gateway.
    reachable(tailPool.query('select 1')),
    redis ? reachable(redis.publisher.ping()) : ('not configured' as const),
    reachable(
      storage.client.send(new HeadBucketCommand({ Bucket: bucketName(storage, 'kyc-documents') }), { abortSignal }),
    ),
  ])
  const log: State = tails.isFresh() ? 'ok' : 'behind'
  const dependencies: Record<string, State> = { database, log, redis: redisState, objectStore }
  const ready = database === 'ok' && log === 'ok'
  return { status: ready ? 200 : 503, body: { status: ready ? 'ready' : 'not ready', dependencies } }
}

async function reachable(asked: Promise<unknown>): Promise<State> {
  const answered = asked.then(() => true, isAnAnswer)
  return (await Promise.race([answered, sleep(boundMs, false, { ref: false })])) ? 'ok' : 'unreachable'
}

/** An S3 server that refuses the question is there. */
const isAnAnswer = (error: { $metadata?: { httpStatusCode?: number } }) => error.$metadata?.httpStatusCode !== undefined
