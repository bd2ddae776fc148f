import { type Bucket, bucketName } from '../buckets.ts'
import type { Storage } from '../index.ts'
import { bucket as existing } from './bucket.ts'
import { allowPages } from './cors.ts'
import { encrypt } from './encryption.ts'
import { lifecycle } from './lifecycle.ts'
import { noCopies, noGrants, policy, publicReads } from './policy.ts'
import { blockPublicAccess } from './public-access.ts'
import type { Setting } from './setting.ts'
import { allowLocks, keepVersions } from './versions.ts'

/** What each bucket is to be like, in the order in which it is set. The first is the bucket itself. */
export function settingsOf(storage: Storage, bucket: Bucket, origins: readonly string[]): Setting[] {
  const name = bucketName(storage, bucket)
  const { uploadRetentionDays, documentRetentionDays } = storage.settings
  switch (bucket) {
    case 'kyc-documents':
      return [
        existing(storage, name, { locked: false }),
        keepVersions(storage, name, { needed: true }),
        blockPublicAccess(storage, name, { byPolicy: false }),
        policy(storage, name, {
          what: 'policy',
          needed: false,
          statements: (objects) => [noGrants(objects)],
        }),
        ...encrypt(storage, name),
        // The bucket expires no document: the retention is the gateway's to keep. A version that something hid may be
        // the one that a row names, so it lives as long as documents do; what is to be erased goes by a job, whole.
        lifecycle(storage, name, [
          { id: 'earlier-versions', earlierVersionDays: documentRetentionDays, removeMarkers: true },
          { id: 'unfinished-uploads', abortUploadsDays: 1 },
        ]),
        ...allowPages(storage, name, { method: 'GET', origins, needed: false }),
      ]
    case 'user-uploads':
      return [
        existing(storage, name, { locked: false }),
        blockPublicAccess(storage, name, { byPolicy: false }),
        policy(storage, name, {
          what: 'policy',
          needed: false,
          statements: (objects) => [noGrants(objects), noCopies(objects)],
        }),
        ...encrypt(storage, name),
        // A day after the gateway's own sweep, which knows what is still pending: where no gateway runs any more.
        lifecycle(storage, name, [
          { id: 'forgotten-uploads', expireDays: uploadRetentionDays + 1, abortUploadsDays: 1 },
        ]),
        ...allowPages(storage, name, { method: 'PUT', origins, needed: true }),
      ]
    case 'token-metadata':
      return [
        existing(storage, name, { locked: true }),
        keepVersions(storage, name, { needed: false }),
        allowLocks(storage, name),
        // Before the policy, which it would refuse otherwise.
        blockPublicAccess(storage, name, { byPolicy: true }),
        policy(storage, name, {
          what: 'policy (public reads)',
          needed: true,
          statements: (objects) => [publicReads(objects), noGrants(objects)],
        }),
        lifecycle(storage, name, [{ id: 'unfinished-uploads', abortUploadsDays: 1 }]),
        ...allowPages(storage, name, { method: 'GET', origins: ['*'], needed: false }),
      ]
  }
}
