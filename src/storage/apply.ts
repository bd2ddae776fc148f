import {
  CreateBucketCommand,
  HeadBucketCommand,
  PutBucketCorsCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutPublicAccessBlockCommand,
} from '@aws-sdk/client-s3'
import type { Logger } from '../logger.ts'
import { type Bucket, bucketName, buckets } from './buckets.ts'
import type { Storage } from './index.ts'

type Options = { allowedOrigins: readonly string[]; logger: Logger }
type Step = { what: string; run(options: { abortSignal: AbortSignal }): Promise<unknown> }

const corsMaxAgeSeconds = 600

/** Brings the buckets to what the gateway needs, any number of times. What a store cannot do is logged, not a failed start. */
export async function ensureBuckets(storage: Storage, { allowedOrigins, logger }: Options): Promise<void> {
  async function take({ what, run }: Step, bucket: string): Promise<boolean> {
    try {
      await run({ abortSignal: AbortSignal.timeout(storage.timeoutMs) })
      return true
    } catch (error) {
      logger.warn({ err: error, bucket }, `the object store did not ${what}`)
      return false
    }
  }
  await Promise.all(
    buckets.map(async (bucket) => {
      const name = bucketName(storage, bucket)
      if (!(await take(create(storage, name), name))) return
      for (const step of settingsOf(storage, bucket, allowedOrigins)) await take(step, name)
    }),
  )
}

const create = ({ client, region }: Storage, Bucket: string): Step => ({
  what: 'create the bucket',
  async run(options) {
    if (await exists(client.send(new HeadBucketCommand({ Bucket }), options))) return
    // The first region is the one that must not be named.
    const elsewhere = region !== 'us-east-1' && {
      CreateBucketConfiguration: { LocationConstraint: region as 'eu-west-1' },
    }
    await client.send(new CreateBucketCommand({ Bucket, ...elsewhere }), options).catch((error: unknown) => {
      // Two gateways that start at once.
      if (!(error instanceof Error && error.name === 'BucketAlreadyOwnedByYou')) throw error
    })
  },
})

const exists = (found: Promise<unknown>) =>
  found.then(
    () => true,
    (error: unknown) => {
      if (error instanceof Error && error.name === 'NotFound') return false
      throw error
    },
  )

function settingsOf(storage: Storage, bucket: Bucket, origins: readonly string[]): Step[] {
  const name = bucketName(storage, bucket)
  switch (bucket) {
    case 'kyc-documents':
      return [keepVersions(storage, name), keepPrivate(storage, name), allowPages(storage, name, 'GET', origins)]
    case 'user-uploads':
      return [keepPrivate(storage, name), restrictUploads(storage, name), allowPages(storage, name, 'PUT', origins)]
    case 'token-metadata':
      return []
  }
}

const keepVersions = ({ client }: Storage, Bucket: string): Step => ({
  what: 'keep versions',
  run: (options) =>
    client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }), options),
})

/** Public ACLs have no effect. BlockPublicAcls stays off: with it Ceph refuses every PUT. */
const keepPrivate = ({ client }: Storage, Bucket: string): Step => ({
  what: 'block public access',
  run: (options) =>
    client.send(
      new PutPublicAccessBlockCommand({
        Bucket,
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: false,
          IgnorePublicAcls: true,
          BlockPublicPolicy: true,
          RestrictPublicBuckets: true,
        },
      }),
      options,
    ),
})

/**
 * The holder of a presigned PUT can add headers that were not signed where a store does not mind (Ceph): one would copy
 * another object in its place, one would publish it.
 */
const restrictUploads = ({ client }: Storage, Bucket: string): Step => ({
  what: 'take the policy of uploads',
  run: (options) => {
    const refuse = (sid: string, header: string, values: string[]) => ({
      Sid: sid,
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:PutObject',
      Resource: `arn:aws:s3:::${Bucket}/*`,
      Condition: { StringLike: { [`s3:${header}`]: values } },
    })
    const policy = {
      Version: '2012-10-17',
      Statement: [
        refuse('NoCopies', 'x-amz-copy-source', ['*']),
        refuse('NoGrants', 'x-amz-acl', ['public-*', 'authenticated-*']),
      ],
    }
    return client.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify(policy) }), options)
  },
})

/** What pages of these origins may send, and read of the answer. */
const allowPages = ({ client }: Storage, Bucket: string, method: 'GET' | 'PUT', origins: readonly string[]): Step => ({
  what: 'allow requests of our pages (CORS)',
  async run(options) {
    if (origins.length === 0) return
    const rule = {
      AllowedOrigins: [...origins],
      AllowedMethods: [method],
      AllowedHeaders: ['*'],
      ExposeHeaders: ['ETag'],
      MaxAgeSeconds: corsMaxAgeSeconds,
    }
    await client.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules: [rule] } }), options)
  },
})
