import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { redisNames } from '../cache/names.ts'
import { whyUnreachable } from '../unreachable.ts'
import { type Check, type Finding, failed, ok, type Patient, warning } from './check.ts'

const connectMs = 3_000
const commandMs = 2_000
const minVersion = [6, 2] as const

/** Speed: nothing of record is in it. */
export const redisCheck = ({ config }: Patient): Check => ({
  name: 'Redis',
  async run() {
    if (!config.redis) {
      return [ok('none (REDIS_URL is not set): one process needs none, several hear of each other within a second')]
    }
    const redis = new Redis(config.redis.url, {
      lazyConnect: true,
      connectTimeout: connectMs,
      commandTimeout: commandMs,
      maxRetriesPerRequest: 0,
      retryStrategy: () => null,
    })
    let reason: unknown
    redis.on('error', (error) => {
      reason = error
    })
    try {
      await redis.connect()
      return await examineRedis(redis)
    } catch (error) {
      const { host } = new URL(config.redis.url)
      const advice = 'start it, or correct REDIS_URL; meanwhile gateways are slower, not wrong'
      return [failed(`${host}: ${whyNot(reason ?? error)}`, advice)]
    } finally {
      redis.disconnect()
    }
  },
})

function whyNot(error: unknown) {
  const { message } = error as Error
  if (/WRONGPASS|NOAUTH|AUTH/.test(message)) return 'it refuses the user or the password'
  if (/timed out|ETIMEDOUT/i.test(message)) return 'it does not answer in time'
  return whyUnreachable(error) ?? message.split('\n')[0]!
}

async function examineRedis(redis: Redis): Promise<Finding[]> {
  const facts = new Map(
    (await redis.info()).split('\r\n').flatMap((line) => {
      const [name, value] = line.split(/:(.*)/s)
      return name && value !== undefined ? [[name, value] as const] : []
    }),
  )
  const fact = (name: string) => facts.get(name) ?? ''
  return [
    versionFinding(fact('redis_version')),
    ...(fact('role') === 'slave'
      ? [failed('it is a replica, which takes no writes', 'let REDIS_URL name the primary')]
      : [await roundTripFinding(redis)]),
    memoryFinding(Number(fact('maxmemory')), fact('maxmemory_policy')),
    persistenceFinding(fact('aof_enabled') === '1'),
  ]
}

function versionFinding(version: string) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isOld = major < minVersion[0] || (major === minVersion[0] && minor < minVersion[1])
  return isOld ? failed(`version ${version}`, 'Redis 6.2 or newer is needed: upgrade it') : ok(`version ${version}`)
}

/** As a gateway uses it: a value that ends by itself, and a message to others. */
async function roundTripFinding(redis: Redis) {
  const name = redisNames.probe(randomUUID())
  const listener = redis.duplicate()
  listener.on('error', () => {})
  const begun = performance.now()
  try {
    await listener.connect()
    await listener.subscribe(name)
    const heard = new Promise<string>((resolve) => listener.once('message', (_channel, message) => resolve(message)))
    await redis.set(name, 'kept', 'PX', commandMs)
    await redis.publish(name, 'told')
    const timeout = new Promise<null>((resolve) => setTimeout(resolve, commandMs, null).unref())
    const isWhole = (await redis.get(name)) === 'kept' && (await Promise.race([heard, timeout])) === 'told'
    await redis.del(name)
    if (isWhole) return ok(`keeps values and passes messages on (${Math.round(performance.now() - begun)} ms)`)
    return failed(
      'what was written or published did not come back',
      'let REDIS_URL name one primary, not a pool of servers',
    )
  } catch (error) {
    return failed(`it refuses a command: ${whyNot(error)}`, 'its user needs GET, SET, DEL, EVAL, PUBLISH and SUBSCRIBE')
  } finally {
    listener.disconnect()
  }
}

/** What is in it may go at any time, so what was used least should. */
function memoryFinding(maxBytes: number, policy: string) {
  const found = `maxmemory ${maxBytes === 0 ? 'unlimited' : maxBytes}, ${policy}`
  if (maxBytes > 0 && policy !== 'noeviction') return ok(found)
  const what = maxBytes === 0 ? 'it may take all memory' : 'it refuses writes when it is full'
  return warning(`${found}: ${what}`, 'set maxmemory, and maxmemory-policy allkeys-lru')
}

const persistenceFinding = (appends: boolean) =>
  appends
    ? warning(
        'it writes every change to disk (appendonly), for nothing: nothing of record is in it',
        'set appendonly no',
      )
    : ok('nothing of record is in it: it may lose everything')
