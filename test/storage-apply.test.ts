import { createServer } from 'node:http'
import {
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand,
  GetObjectLockConfigurationCommand,
  GetPublicAccessBlockCommand,
  HeadObjectCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest'
import { readConfig } from '../src/config.ts'
import { createLogger } from '../src/logger.ts'
import { applyStorage, ensureBuckets } from '../src/storage/apply.ts'
import { buckets, kycDocument, temporaryUpload } from '../src/storage/buckets.ts'
import { createStorage, type Storage, type StorageServer } from '../src/storage/index.ts'
import { putObject, readObject } from '../src/storage/objects.ts'
import { runCommand } from './harness/command.ts'
import { eventually } from './harness/log.ts'
import { startStore, storeEnvironment, type TestStore, versionsUnder } from './harness/store.ts'
import { startCeph } from './services/ceph.ts'

const isEmbedded = inject('stack').name === 'embedded'
const origin = 'https://app.example.com'
const object = { bytes: Buffer.from('the very bytes'), contentType: 'image/png' }
const document = kycDocument({ applicationId: 'kyc_1', documentType: 'selfie', documentId: 'kycdoc_1' })

let server: TestStore
beforeAll(async () => {
  server = await startStore()
})
afterAll(() => server.stop())

function openStorage(over: Partial<StorageServer> = {}, variables: Record<string, string> = {}): Storage {
  const storage = createStorage({ server: { ...server, ...over }, settings: readConfig(variables).storage })
  onTestFinished(() => storage.close())
  return storage
}
const apply = (storage: Storage) => applyStorage(storage, { allowedOrigins: [origin] })
const statesOf = async (storage: Storage, state: string) =>
  (await apply(storage)).flatMap((setting) =>
    setting.state === state ? [`${setting.bucket}: ${setting.what}: ${setting.why}`] : [],
  )
/** What Ceph says of a bucket's encryption. */
const unencrypted = isEmbedded
  ? []
  : ['kyc-documents', 'user-uploads'].map((bucket) => `${bucket}: encryption (AES256): InvalidArgument (HTTP 400)`)

describe('the buckets', () => {
  it('are set once, then found as they should be; what this store cannot keep is named', async () => {
    const storage = openStorage({ bucketPrefix: 'once-' })
    const first = await apply(storage)
    expect(first.filter(({ state }) => state === 'failed')).toEqual([])
    for (const bucket of buckets) {
      expect(first.find((setting) => setting.bucket === `once-${bucket}`)).toMatchObject({
        what: 'bucket',
        state: 'set',
      })
    }
    const second = await apply(storage)
    expect(second.filter(({ state }) => state === 'set' || state === 'failed')).toEqual([])
    expect(
      second.filter(({ state }) => state === 'not kept').map(({ bucket, what, why }) => `${bucket}: ${what}: ${why}`),
    ).toEqual(unencrypted.map((line) => `once-${line}`))
    expect(second).toHaveLength(first.length)
  })

  it('are put right again when somebody changed them', async () => {
    const storage = openStorage()
    await apply(storage)
    const Bucket = 'kyc-documents'
    const open = { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/secret` }
    const lifecycle = {
      Rules: [{ ID: 'x', Status: 'Enabled' as const, Filter: { Prefix: '' }, Expiration: { Days: 1 } }],
    }
    await storage.client.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: lifecycle }))
    // A store that minds the block refuses a policy that publishes.
    const published = await storage.client
      .send(
        new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Version: '2012-10-17', Statement: [open] }) }),
      )
      .then(
        () => true,
        () => false,
      )
    expect(await statesOf(storage, 'set')).toEqual([
      ...(published ? ['kyc-documents: policy: null'] : []),
      'kyc-documents: lifecycle: null',
    ])
    expect(await statesOf(storage, 'set')).toEqual([])
  })

  it('are set by any number at once', async () => {
    const storage = openStorage({ bucketPrefix: 'many-' })
    const all = await Promise.all([apply(storage), apply(storage), apply(storage), apply(storage)])
    expect(all.flat().filter(({ state }) => state === 'failed')).toEqual([])
    expect((await apply(storage)).filter(({ state }) => state === 'set')).toEqual([])
  })

  it('D33: are private but for the public one, whose objects are read by everybody and listed by nobody', async () => {
    const storage = openStorage({ bucketPrefix: isEmbedded ? '' : 'private-' })
    await apply(storage)
    const prefix = storage.bucketPrefix
    const policyOf = async (bucket: string) => {
      const { Policy } = await storage.client.send(new GetBucketPolicyCommand({ Bucket: `${prefix}${bucket}` }))
      return (JSON.parse(Policy!) as { Statement: { Effect: string; Action: string }[] }).Statement.map(
        ({ Effect, Action }) => `${Effect} ${Action}`,
      )
    }
    expect(await policyOf('kyc-documents')).toEqual(['Deny s3:PutObject'])
    expect(await policyOf('user-uploads')).toEqual(['Deny s3:PutObject', 'Deny s3:PutObject'])
    expect(await policyOf('token-metadata')).toEqual(['Allow s3:GetObject', 'Deny s3:PutObject'])
    for (const bucket of buckets) {
      const { PublicAccessBlockConfiguration } = await storage.client.send(
        new GetPublicAccessBlockCommand({ Bucket: `${prefix}${bucket}` }),
      )
      expect(PublicAccessBlockConfiguration).toMatchObject({
        IgnorePublicAcls: true,
        BlockPublicPolicy: bucket !== 'token-metadata',
        RestrictPublicBuckets: bucket !== 'token-metadata',
      })
    }
    if (isEmbedded) return
    await putObject(storage, { bucket: 'token-metadata', key: '1/0x0/logo' }, object)
    const anonymous = (path: string) => fetch(`${server.endpoint}/${prefix}token-metadata${path}`).then((r) => r.status)
    expect(await Promise.all(['/1/0x0/logo', '', '?versions'].map(anonymous))).toEqual([200, 403, 403])
  })

  it('D46: lets single objects of the public bucket be locked, for ever', async () => {
    const storage = openStorage()
    await apply(storage)
    const { ObjectLockConfiguration } = await storage.client.send(
      new GetObjectLockConfigurationCommand({ Bucket: 'token-metadata' }),
    )
    expect(ObjectLockConfiguration).toEqual({ ObjectLockEnabled: 'Enabled' })
  })
})

describe('D45: the lifecycle', () => {
  it('is of whole buckets: uploads go a day after the sweep, documents never, what hid them later than the retention', async () => {
    const storage = openStorage({}, { UPLOAD_RETENTION_DAYS: '3', DOCUMENT_RETENTION_DAYS: '3000' })
    await apply(storage)
    const rulesOf = async (Bucket: string) => {
      const { Rules } = await storage.client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))
      return Rules?.map(({ Filter, Prefix, ID, Status, ...rule }) => {
        expect([ID, Status, Filter?.Prefix ?? Prefix ?? '']).toEqual([ID, 'Enabled', ''])
        return rule
      })
    }
    expect(await rulesOf('user-uploads')).toEqual([
      { Expiration: { Days: 4 }, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } },
    ])
    expect(await rulesOf('kyc-documents')).toEqual([
      { Expiration: { ExpiredObjectDeleteMarker: true }, NoncurrentVersionExpiration: { NoncurrentDays: 3000 } },
      { AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } },
    ])
    expect(await rulesOf('token-metadata')).toEqual([{ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } }])
  })

  if (!isEmbedded)
    it('is kept by a real store: days later the upload is gone, the document is there', async () => {
      const ceph = await startCeph({ lifecycleDaySeconds: 1 })
      onTestFinished(() => ceph.stop())
      const storage = openStorage({ ...ceph, publicEndpoint: ceph.endpoint }, { UPLOAD_RETENTION_DAYS: '1' })
      await apply(storage)
      const upload = temporaryUpload({ userId: 'user_1', id: 'upload_1' })
      for (const place of [upload, document]) await putObject(storage, place, object)
      await eventually(() => versionsUnder(storage, 'user-uploads', '')).toEqual([])
      expect((await readObject(storage, document, { maxBytes: 100 }))?.bytes).toEqual(object.bytes)
    })
})

describe('encryption', () => {
  it('is the default of both private buckets, where the store has one', async () => {
    const storage = openStorage()
    await apply(storage)
    for (const Bucket of ['kyc-documents', 'user-uploads']) {
      const { ServerSideEncryptionConfiguration } = await storage.client.send(
        new GetBucketEncryptionCommand({ Bucket }),
      )
      const rule = ServerSideEncryptionConfiguration?.Rules?.[0]?.ApplyServerSideEncryptionByDefault
      expect(rule?.SSEAlgorithm).toBe(isEmbedded ? 'AES256' : undefined)
    }
  })

  if (!isEmbedded)
    it('by a key of one’s own is asked for with each document', async () => {
      const storage = openStorage({ bucketPrefix: 'kms-' }, { S3_SSE: 'aws:kms', S3_KMS_KEY_ID: 'gatehouse' })
      await apply(storage)
      await putObject(storage, document, object)
      const head = await storage.client.send(new HeadObjectCommand({ Bucket: 'kms-kyc-documents', Key: document.key }))
      expect([head.ServerSideEncryption, head.SSEKMSKeyId]).toEqual(['aws:kms', 'gatehouse'])
    })

  it('that is off leaves the bucket as it is', async () => {
    const off = await apply(openStorage({}, { S3_SSE: 'off' }))
    expect(off.filter(({ what }) => what.startsWith('encryption'))).toEqual([])
    expect(off.filter(({ state }) => state === 'failed')).toEqual([])
  })
})

describe('D33: only over TLS', () => {
  const secure = (storage: Storage) => ({ ...storage, endpoint: 'https://s3', publicEndpoint: 'https://s3' })

  if (isEmbedded)
    it('is in every policy where the store is reached by https', async () => {
      const storage = openStorage({ bucketPrefix: 'tls-' })
      expect((await apply(secure(storage))).filter(({ state }) => state !== 'set' && state !== 'unchanged')).toEqual([])
      for (const bucket of buckets) {
        const { Policy } = await storage.client.send(new GetBucketPolicyCommand({ Bucket: `tls-${bucket}` }))
        expect(JSON.parse(Policy!).Statement).toContainEqual(
          expect.objectContaining({ Effect: 'Deny', Condition: { BoolIfExists: { 'aws:SecureTransport': 'false' } } }),
        )
      }
      // Whom the gateway itself reaches in the clear is not shut out.
      expect(
        (await apply({ ...secure(storage), endpoint: 'http://s3' })).find(({ what }) => what === 'policy')?.state,
      ).toBe('set')
    })

  if (!isEmbedded)
    it('is taken back where TLS ends before the store: nobody is shut out, and it is said', async () => {
      const storage = openStorage({ bucketPrefix: 'proxied-' })
      await apply(storage)
      await putObject(storage, document, object)
      const told = (await apply(secure(storage))).filter(({ what }) => what.startsWith('policy'))
      expect(told.map(({ state, why }) => [state, why?.includes('TLS ends before it')])).toEqual(
        buckets.map(() => ['not kept', true]),
      )
      expect((await readObject(storage, document, { maxBytes: 100 }))?.bytes).toEqual(object.bytes)
      for (const bucket of buckets) {
        const { Policy } = await storage.client.send(new GetBucketPolicyCommand({ Bucket: `proxied-${bucket}` }))
        expect(Policy).not.toContain('SecureTransport')
        expect(Policy).toContain('NoGrants')
      }
    })
})

describe('`gatehouse storage apply`', () => {
  const variables = () => ({ ...storeEnvironment(server), S3_BUCKET_PREFIX: 'command-', DATA_DIR: '/nowhere' })

  it('needs no database, says what it did in a line each, and the second time finds it done', async () => {
    const first = await runCommand(['storage', 'apply'], { ...variables(), TRUSTED_ORIGINS: origin })
    expect(first.output).toMatch(/^command-kyc-documents +bucket +set$/m)
    expect(first.output).toMatch(/^command-user-uploads +requests of pages \(CORS, PUT\) +set$/m)
    expect(first.code).toBe(0)
    const second = await runCommand(['storage', 'apply'], { ...variables(), TRUSTED_ORIGINS: origin })
    expect(second.output).toMatch(/^command-kyc-documents +versions +was already so$/m)
    expect(second.output).not.toMatch(/ set$/m)
    expect(second.output.includes('not kept by this store: InvalidArgument')).toBe(!isEmbedded)
    expect(second.code).toBe(0)
  })

  it('fails where the store refuses the key or is not there, and says which', async () => {
    const wrong = await runCommand(['storage', 'apply'], { ...variables(), S3_SECRET_ACCESS_KEY: 'wrong' })
    expect(wrong.output).toMatch(/bucket +FAILED: it refuses the key, or the key may not do this \(HTTP 403\)$/m)
    expect(wrong.code).toBe(1)
    const gone = await runCommand(['storage', 'apply'], { ...variables(), S3_ENDPOINT: 'http://127.0.0.1:1' })
    expect(gone.output).toMatch(/bucket +FAILED: nothing listens there$/m)
    expect(gone.code).toBe(1)
  })
})

describe('a store', () => {
  it('that refuses the key is told from one that cannot do a thing', async () => {
    const outcome = await apply(openStorage({ secretAccessKey: 'of somebody else' }))
    expect(outcome.map(({ what, state }) => [what, state])).toEqual(buckets.map(() => ['bucket', 'failed']))
    expect(outcome[0]?.why).toMatch(/403/)
  })

  it('that takes what it does not keep is found out, and what it does not know does not fail a start', async () => {
    const forgetful = createServer((request, response) => {
      const url = new URL(request.url!, 'http://store')
      const isSetting = url.search !== '' && !url.searchParams.has('list-type')
      if (request.method === 'GET' && isSetting && !url.searchParams.has('versioning')) {
        response.writeHead(404).end('<Error><Code>NoSuchConfiguration</Code></Error>')
      } else if (url.searchParams.has('cors')) {
        response.writeHead(501).end('<Error><Code>NotImplemented</Code></Error>')
      } else response.writeHead(200).end(request.method === 'GET' ? '<VersioningConfiguration/>' : '')
    }).listen(0, '127.0.0.1')
    onTestFinished(() => void forgetful.close())
    await new Promise((resolve) => forgetful.once('listening', resolve))
    const storage = openStorage({ endpoint: `http://127.0.0.1:${(forgetful.address() as { port: number }).port}` })
    const told = await apply(storage)
    expect(told.filter(({ what }) => what !== 'bucket').map(({ state }) => state)).toEqual(
      told.slice(buckets.length).map(() => 'not kept'),
    )
    expect(told.find(({ what }) => what === 'versions')?.why).toBe('it answered that it took it, and has it not')
    expect(told.find(({ what }) => what.includes('CORS'))?.why).toBe('NotImplemented (HTTP 501)')
    await ensureBuckets(storage, { allowedOrigins: [], logger: createLogger('silent') })
  })
})
