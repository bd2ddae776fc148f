import {
  GetBucketLifecycleConfigurationCommand,
  type LifecycleRule,
  PutBucketLifecycleConfigurationCommand,
} from '@aws-sdk/client-s3'
import type { Storage } from '../index.ts'
import type { Setting } from './setting.ts'

/** Each rule is for the whole bucket: keys begin with an id, so a prefix such as `temp/` would match none of them. */
type Rule = {
  id: string
  /** Days after which an object goes. */
  expireDays?: number
  /** Days after which a version goes that is no longer the latest. */
  earlierVersionDays?: number
  /** Removes delete markers under which no version is left. */
  removeMarkers?: true
  abortUploadsDays?: number
}

export const lifecycle = ({ client }: Storage, Bucket: string, rules: Rule[]): Setting => ({
  what: 'lifecycle',
  needed: false,
  want: rules.map(fromRule).map(canonical),
  async read(options) {
    const { Rules } = await client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }), options)
    return Rules?.map(canonical).toSorted((a, b) => (a.id < b.id ? -1 : 1)) ?? null
  },
  write: (options) =>
    client.send(
      new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules: rules.map(fromRule) } }),
      options,
    ),
})

function fromRule({ id, expireDays, earlierVersionDays, removeMarkers, abortUploadsDays }: Rule): LifecycleRule {
  return {
    ID: id,
    Status: 'Enabled',
    Filter: { Prefix: '' },
    ...(expireDays && { Expiration: { Days: expireDays } }),
    ...(removeMarkers && { Expiration: { ExpiredObjectDeleteMarker: true } }),
    ...(earlierVersionDays && { NoncurrentVersionExpiration: { NoncurrentDays: earlierVersionDays } }),
    ...(abortUploadsDays && { AbortIncompleteMultipartUpload: { DaysAfterInitiation: abortUploadsDays } }),
  }
}

/** Stores write "the whole bucket" in three ways, and leave out what does not apply. */
function canonical({ ID, Status, Filter, Prefix, ...rule }: LifecycleRule) {
  const { Prefix: filterPrefix, ...narrower } = Filter ?? {}
  return {
    id: ID ?? '',
    status: Status,
    prefix: filterPrefix ?? Prefix ?? '',
    narrower,
    expireDays: rule.Expiration?.Days ?? null,
    expireDate: rule.Expiration?.Date ?? null,
    removeMarkers: rule.Expiration?.ExpiredObjectDeleteMarker ?? false,
    earlierVersionDays: rule.NoncurrentVersionExpiration?.NoncurrentDays ?? null,
    abortUploadsDays: rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation ?? null,
    transitions: [...(rule.Transitions ?? []), ...(rule.NoncurrentVersionTransitions ?? [])].length,
  }
}
