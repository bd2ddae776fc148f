import { GetBucketEncryptionCommand, PutBucketEncryptionCommand } from '@aws-sdk/client-s3'
import type { Storage } from '../index.ts'
import type { Setting } from './setting.ts'

/**
 * What is stored without asking for encryption is encrypted as well. `off` leaves the bucket as it is: some versions of
 * Ceph take the request to delete this setting for one to delete the bucket.
 */
export function encrypt({ client, settings }: Storage, Bucket: string): Setting[] {
  const { sse, kmsKeyId } = settings
  if (sse === 'off') return []
  const setting: Setting = {
    what: `encryption (${sse})`,
    needed: false,
    want: { algorithm: sse, keyId: sse === 'aws:kms' ? kmsKeyId : null },
    async read(options) {
      const answer = await client.send(new GetBucketEncryptionCommand({ Bucket }), options)
      const rule = answer.ServerSideEncryptionConfiguration?.Rules?.[0]?.ApplyServerSideEncryptionByDefault
      return rule ? { algorithm: rule.SSEAlgorithm, keyId: rule.KMSMasterKeyID ?? null } : null
    },
    write: (options) => {
      const rule =
        sse === 'aws:kms'
          ? {
              ApplyServerSideEncryptionByDefault: { SSEAlgorithm: sse, ...(kmsKeyId && { KMSMasterKeyID: kmsKeyId }) },
              // One call of the key's service for many objects.
              BucketKeyEnabled: true,
            }
          : { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: sse } }
      const ServerSideEncryptionConfiguration = { Rules: [rule] }
      return client.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration }), options)
    },
  }
  return [setting]
}
