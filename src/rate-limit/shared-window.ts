import type { Redis } from 'ioredis'
import { redisNames } from '../cache/names.ts'
import { windowSlots } from './window.ts'

/** `endsInMs`: how long, from the moment it was asked for, what was granted may be spent; then its slot is over. */
type Grant = { granted: number; slot: number; endsInMs: number; freeInMs: number }

/** One hash a subject: slot → how many. Nothing is ever there without an end. */
const take = `
local limit, wanted, slotMs, slots = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local slot = math.floor(now / slotMs)
local used, oldest = 0, slot
local counts = redis.call('HGETALL', KEYS[1])
for i = 1, #counts, 2 do
  local at = tonumber(counts[i])
  -- Also what a clock that was set back would keep for ever.
  if at < slot - slots or at > slot + slots then
    redis.call('HDEL', KEYS[1], counts[i])
  else
    used = used + tonumber(counts[i + 1])
    oldest = math.min(oldest, at)
  end
end
local granted = math.max(0, math.min(wanted, limit - used))
if granted > 0 then
  redis.call('HINCRBY', KEYS[1], slot, granted)
  redis.call('PEXPIRE', KEYS[1], (slots + 2) * slotMs)
end
return { granted, slot, math.floor(((slot + 1) * slotMs - now) * 1000), math.ceil((oldest + slots + 1) * slotMs - now) }`

const giveBack = `
local count = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or 0)
if count > tonumber(ARGV[2]) then redis.call('HINCRBY', KEYS[1], ARGV[1], -ARGV[2])
else redis.call('HDEL', KEYS[1], ARGV[1]) end
return 0`

/** The window that all processes share, by the clock of Redis. Subjects may name people: Redis sees a digest. */
export function createSharedWindow(redis: Redis, slotMs: number) {
  return {
    async take(subject: string, limit: number, wanted: number): Promise<Grant> {
      const answer = await redis.eval(take, 1, redisNames.limit(subject), limit, wanted, slotMs, windowSlots)
      const [granted, slot, endsInMicroseconds, freeInMs] = answer as [number, number, number, number]
      return { granted, slot, endsInMs: endsInMicroseconds / 1000, freeInMs }
    },
    async giveBack(subject: string, slot: number, count: number) {
      await redis.eval(giveBack, 1, redisNames.limit(subject), slot, count)
    },
  }
}
