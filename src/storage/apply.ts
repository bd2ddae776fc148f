import type { Logger } from '../logger.ts'
import { settingsOf } from './apply/desired.ts'
import { applySetting, type Outcome } from './apply/setting.ts'
import { type Bucket, bucketName, buckets } from './buckets.ts'
import type { Storage } from './index.ts'

type Options = { allowedOrigins: readonly string[] }
export type AppliedSetting = Outcome & { bucket: string; what: string; needed: boolean }

/**
 * Brings the buckets to what the gateway needs, any number of times and any number at once, and tells what each setting
 * is now. The buckets are the gateway's own: a setting that somebody else made is replaced.
 */
export async function applyStorage(storage: Storage, { allowedOrigins }: Options): Promise<AppliedSetting[]> {
  const applied = await Promise.all(buckets.map((bucket) => applyBucket(storage, bucket, allowedOrigins)))
  return applied.flat()
}

async function applyBucket(storage: Storage, bucket: Bucket, origins: readonly string[]) {
  const applied: AppliedSetting[] = []
  for (const setting of settingsOf(storage, bucket, origins)) {
    const outcome = await applySetting(setting, storage.timeoutMs)
    applied.push({ bucket: bucketName(storage, bucket), what: setting.what, needed: setting.needed, ...outcome })
    if (setting.what === 'bucket' && outcome.state === 'failed') break
  }
  return applied
}

/** At a start: what a store cannot do is logged, not a failed start. */
export async function ensureBuckets(storage: Storage, { logger, ...options }: Options & { logger: Logger }) {
  for (const { bucket, what, state, why } of await applyStorage(storage, options)) {
    if (state === 'failed') logger.warn({ bucket, why }, `the object store did not take: ${what}`)
    if (state === 'not kept') logger.info({ bucket, why }, `the object store does not keep: ${what}`)
  }
}
