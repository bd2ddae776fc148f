import {
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectLockConfigurationCommand,
} from '@aws-sdk/client-s3'
import type { Storage } from '../index.ts'
import type { Setting } from './setting.ts'

/** What was written over or deleted by mistake can be found again. */
export const keepVersions = ({ client }: Storage, Bucket: string, { needed }: { needed: boolean }): Setting => ({
  what: 'versions',
  needed,
  want: 'Enabled',
  read: async (options) => (await client.send(new GetBucketVersioningCommand({ Bucket }), options)).Status,
  write: (options) =>
    client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }), options),
})

/** Single objects can be locked for ever: there is no rule for all of them. Needs versions. */
export const allowLocks = ({ client }: Storage, Bucket: string): Setting => ({
  what: 'object lock',
  needed: false,
  want: 'Enabled',
  async read(options) {
    const { ObjectLockConfiguration } = await client.send(new GetObjectLockConfigurationCommand({ Bucket }), options)
    return ObjectLockConfiguration?.ObjectLockEnabled
  },
  write: (options) =>
    client.send(
      new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled' } }),
      options,
    ),
})
