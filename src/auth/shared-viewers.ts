import { z } from 'zod'
import type { Freshness } from '../cache/freshness.ts'
import { redisNames } from '../cache/names.ts'
import type { Shared } from '../cache/shared.ts'
import { userRoles } from '../db/schema/auth.ts'
import { userTag } from '../log/tags.ts'
import { parseJson } from '../parse-json.ts'
import { scopes } from '../permissions.ts'
import { type Known, ownerOf } from './viewers.ts'

const maxTtlMs = 5 * 60_000

type Options = { freshness: Freshness; shared: Shared }
type Asked = { log: string; position: number }

const time = z.int().nonnegative()
const sharedViewer = z.strictObject({
  /** Of `accounts`: what had been applied before PostgreSQL was asked. */
  position: time,
  viewer: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('user'),
      id: z.string(),
      role: z.enum(userRoles),
      sessionId: z.string(),
      expiresAt: time,
      steppedUpUntil: time.nullable(),
    }),
    z.strictObject({
      kind: z.literal('apiKey'),
      id: z.string(),
      ownerId: z.string(),
      scopes: z.array(z.enum(scopes)),
      plan: z.string(),
      /** JSON has no Infinity. */
      expiresAt: time.nullable().transform((found) => found ?? Number.POSITIVE_INFINITY),
    }),
  ]),
})

export type SharedViewers = ReturnType<typeof createSharedViewers>

/** Viewers that processes have looked up for each other, under the rule of the cache: good until something touched their owner. */
export const createSharedViewers = ({ freshness, shared }: Options) => ({
  /** What is known before PostgreSQL is asked. */
  asking: (): Asked => ({ log: freshness.log(), position: freshness.mark().positions.accounts }),
  async find(tokenHash: string): Promise<Known | null> {
    const log = freshness.log()
    const bytes = freshness.isKnown() ? await shared.get(() => redisNames.viewer(log, tokenHash)) : null
    const { data } = sharedViewer.safeParse(bytes && parseJson(bytes.toString()))
    if (!data || !freshness.isKnown() || data.viewer.expiresAt <= Date.now()) return null
    // A position in one log says nothing in another.
    if (freshness.log() !== log) return null
    const { viewer, position } = data
    return freshness.holdsSince([userTag(ownerOf(viewer))], { accounts: position }) ? viewer : null
  },
  keep(tokenHash: string, viewer: Known, { log, position }: Asked) {
    if (!freshness.isKnown()) return
    const ttlMs = Math.min(maxTtlMs * (1 - 0.2 * Math.random()), viewer.expiresAt - Date.now())
    const encode = () => Buffer.from(JSON.stringify({ position, viewer }))
    shared.set(() => redisNames.viewer(log, tokenHash), encode, ttlMs)
  },
})
