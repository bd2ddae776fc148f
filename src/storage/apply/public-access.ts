import { GetPublicAccessBlockCommand, PutPublicAccessBlockCommand } from '@aws-sdk/client-s3'
import type { Storage } from '../index.ts'
import type { Setting } from './setting.ts'

/**
 * Public ACLs have no effect anywhere, public policies only where objects are meant to be read by everybody.
 * BlockPublicAcls stays off: with it Ceph refuses every PUT.
 */
export const blockPublicAccess = (
  { client }: Storage,
  Bucket: string,
  { byPolicy }: { byPolicy: boolean },
): Setting => {
  const want = {
    BlockPublicAcls: false,
    IgnorePublicAcls: true,
    BlockPublicPolicy: !byPolicy,
    RestrictPublicBuckets: !byPolicy,
  }
  return {
    what: byPolicy ? 'public by policy alone' : 'no public access',
    needed: false,
    want,
    async read(options) {
      const { PublicAccessBlockConfiguration: found } = await client.send(
        new GetPublicAccessBlockCommand({ Bucket }),
        options,
      )
      return (
        found && Object.fromEntries(Object.keys(want).map((key) => [key, found[key as keyof typeof want] ?? false]))
      )
    },
    write: (options) =>
      client.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: want }), options),
  }
}
