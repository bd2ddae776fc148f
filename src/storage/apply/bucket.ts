import { CreateBucketCommand, HeadBucketCommand } from '@aws-sdk/client-s3'
import type { Storage } from '../index.ts'
import { statusOf } from '../reason.ts'
import type { Bounded, Setting } from './setting.ts'

type Options = { locked: boolean }

/** The bucket itself. Whether objects in it can be locked is for many stores decided at its creation, or never. */
export const bucket = (storage: Storage, Bucket: string, { locked }: Options): Setting => ({
  what: 'bucket',
  needed: true,
  want: true,
  async read(options) {
    await storage.client.send(new HeadBucketCommand({ Bucket }), options)
    return true
  },
  async write(options) {
    if (!locked) return create(storage, Bucket, {}, options)
    await create(storage, Bucket, { ObjectLockEnabledForBucket: true }, options).catch((error: unknown) => {
      if (![400, 501].includes(statusOf(error) ?? 0)) throw error
      return create(storage, Bucket, {}, options)
    })
  },
})

async function create(
  { client, region }: Storage,
  Bucket: string,
  lock: { ObjectLockEnabledForBucket?: true },
  options: Bounded,
) {
  // The first region is the one that must not be named.
  const elsewhere = region !== 'us-east-1' && {
    CreateBucketConfiguration: { LocationConstraint: region as 'eu-west-1' },
  }
  await client.send(new CreateBucketCommand({ Bucket, ...lock, ...elsewhere }), options)
}
