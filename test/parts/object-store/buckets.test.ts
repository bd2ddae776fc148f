import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketCorsCommand,
  DeleteBucketLifecycleCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  GetBucketAclCommand,
  GetBucketCorsCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLocationCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  PutBucketCorsCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
} from '@aws-sdk/client-s3'
import { beforeAll, describe, expect, it } from 'vitest'
import { presignAlone } from './presign-alone.ts'
import { appOrigin, fetchOutcome, publicBuckets, refusal, useObjectStore } from './setup.ts'

const world = useObjectStore()
const Bucket = 'documents'

beforeAll(async () => {
  for (const name of publicBuckets) await world.s3.send(new CreateBucketCommand({ Bucket: name }))
})

describe('buckets', () => {
  it('are made once, listed, and removed when they are empty', async () => {
    const { s3 } = world
    const named = { Bucket: 'short-lived' }
    await s3.send(new CreateBucketCommand(named))
    expect(await refusal(s3.send(new CreateBucketCommand(named)))).toBe('BucketAlreadyOwnedByYou')
    expect((await s3.send(new HeadBucketCommand(named))).BucketRegion).toBe('us-east-1')
    await s3.send(new GetBucketLocationCommand(named))
    const { Buckets } = await s3.send(new ListBucketsCommand())
    expect(Buckets?.map(({ Name }) => Name)).toEqual(['documents', 'public-assets', 'restricted', 'short-lived'])
    await s3.send(new PutObjectCommand({ ...named, Key: 'k', Body: 'x' }))
    expect(await refusal(s3.send(new DeleteBucketCommand(named)))).toBe('BucketNotEmpty')
    await s3.send(new DeleteObjectCommand({ ...named, Key: 'k' }))
    await s3.send(new DeleteBucketCommand(named))
    expect(await refusal(s3.send(new HeadBucketCommand(named)))).toBe('NotFound')
    expect(await refusal(s3.send(new PutObjectCommand({ ...named, Key: 'k', Body: 'x' })))).toBe('NoSuchBucket')
    for (const name of ['No', 'ab', 'a..b', '-ab', 'ab-', '10.0.0.1', 'x'.repeat(64)]) {
      expect([name, await refusal(s3.send(new CreateBucketCommand({ Bucket: name })))]).toEqual([
        name,
        'InvalidBucketName',
      ])
    }
  })

  it('give back what was set on them, and say when there is nothing', async () => {
    const { s3 } = world
    const bucket = { Bucket }
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Deny', Principal: '*' }] })
    expect(await refusal(s3.send(new GetBucketPolicyCommand(bucket)))).toBe('NoSuchBucketPolicy')
    await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }))
    expect((await s3.send(new GetBucketPolicyCommand(bucket))).Policy).toBe(Policy)
    await s3.send(new DeleteBucketPolicyCommand(bucket))
    expect(await refusal(s3.send(new GetBucketPolicyCommand(bucket)))).toBe('NoSuchBucketPolicy')
    expect(await refusal(s3.send(new PutBucketPolicyCommand({ Bucket, Policy: 'no' })))).toBe('MalformedPolicy')

    const Rules = [{ ID: 'week', Status: 'Enabled' as const, Filter: { Prefix: '' }, Expiration: { Days: 7 } }]
    expect(await refusal(s3.send(new GetBucketLifecycleConfigurationCommand(bucket)))).toBe(
      'NoSuchLifecycleConfiguration',
    )
    await s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }))
    expect((await s3.send(new GetBucketLifecycleConfigurationCommand(bucket))).Rules).toEqual(Rules)
    await s3.send(new DeleteBucketLifecycleCommand(bucket))

    const CORSRules = [{ AllowedMethods: ['GET'], AllowedOrigins: ['https://*.test'], MaxAgeSeconds: 5 }]
    expect(await refusal(s3.send(new GetBucketCorsCommand(bucket)))).toBe('NoSuchCORSConfiguration')
    await s3.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } }))
    expect((await s3.send(new GetBucketCorsCommand(bucket))).CORSRules).toEqual(CORSRules)
    await s3.send(new DeleteBucketCorsCommand(bucket))

    const block = {
      BlockPublicAcls: true,
      IgnorePublicAcls: true,
      BlockPublicPolicy: true,
      RestrictPublicBuckets: true,
    }
    const noBlock = 'NoSuchPublicAccessBlockConfiguration'
    expect(await refusal(s3.send(new GetPublicAccessBlockCommand(bucket)))).toBe(noBlock)
    await s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: block }))
    const { PublicAccessBlockConfiguration } = await s3.send(new GetPublicAccessBlockCommand(bucket))
    expect(PublicAccessBlockConfiguration).toEqual(block)

    expect((await s3.send(new GetBucketVersioningCommand(bucket))).Status).toBeUndefined()
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }))
    expect((await s3.send(new GetBucketVersioningCommand(bucket))).Status).toBe('Enabled')
  })

  it('encrypt with AES256 and claim no other encryption', async () => {
    const encryption = (SSEAlgorithm: 'AES256' | 'aws:kms') => ({
      ServerSideEncryptionConfiguration: { Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm } }] },
    })
    const current = () => world.s3.send(new GetBucketEncryptionCommand({ Bucket }))
    expect(await current()).toMatchObject(encryption('AES256'))
    await world.s3.send(new PutBucketEncryptionCommand({ Bucket, ...encryption('AES256') }))
    const kms = new PutBucketEncryptionCommand({ Bucket, ...encryption('aws:kms') })
    expect(await refusal(world.s3.send(kms))).toBe('NotImplemented')
    expect(await current()).toMatchObject(encryption('AES256'))
  })

  it('answer what is not implemented as such', async () => {
    expect(await refusal(world.s3.send(new GetBucketAclCommand({ Bucket })))).toBe('NotImplemented')
    const tagging = new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: [{ Key: 'a', Value: 'b' }] } })
    expect(await refusal(world.s3.send(tagging))).toBe('NotImplemented')
  })
})

describe('without a signature', () => {
  beforeAll(async () => {
    const token = { Key: 'tokens/1.json', Body: '{}', ContentType: 'application/json' }
    for (const name of [...publicBuckets, Bucket]) await world.s3.send(new PutObjectCommand({ Bucket: name, ...token }))
    const PublicAccessBlockConfiguration = { RestrictPublicBuckets: true }
    await world.s3.send(new PutPublicAccessBlockCommand({ Bucket: 'restricted', PublicAccessBlockConfiguration }))
  })

  it('the objects of a public bucket can be read', async () => {
    const response = await fetch(`${world.store.endpoint}/public-assets/tokens/1.json`)
    expect([response.status, await response.text()]).toEqual([200, '{}'])
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/json',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "sandbox; default-src 'none'",
    })
    expect(await fetchOutcome(`${world.store.endpoint}/public-assets/tokens/1.json`, { method: 'HEAD' })).toBe('200')
  })

  const denied: [string, string, string][] = [
    ['list the buckets', 'GET', '/'],
    ['list a public bucket', 'GET', '/public-assets?list-type=2'],
    ['list its versions', 'GET', '/public-assets?versions'],
    ['look at a public bucket', 'HEAD', '/public-assets'],
    ['read its policy', 'GET', '/public-assets?policy'],
    ['tell what it does not hold', 'GET', '/public-assets/absent'],
    ['read an old version', 'GET', '/public-assets/tokens/1.json?versionId=null'],
    ['read an ACL', 'GET', '/public-assets/tokens/1.json?acl'],
    ['write to it', 'PUT', '/public-assets/tokens/1.json'],
    ['delete from it', 'DELETE', '/public-assets/tokens/1.json'],
    ['delete many from it', 'POST', '/public-assets?delete'],
    ['read from a bucket that is not public', 'GET', '/documents/tokens/1.json'],
    ['read from a public bucket that was restricted', 'GET', '/restricted/tokens/1.json'],
    ['climb from a public bucket into another', 'GET', '/public-assets/../documents/tokens/1.json'],
    ['climb with escaped dots', 'GET', '/public-assets/%2e%2e/documents/tokens/1.json'],
    ['look whether a bucket exists', 'GET', '/absent/k'],
    ['make a bucket', 'PUT', '/mine'],
  ]

  it.each(denied)('nobody can %s', async (_, method, path) => {
    expect(await world.send(method, path)).toBe(method === 'HEAD' ? '403' : '403 AccessDenied')
  })

  it('nobody can change the headers of an answer', async () => {
    const path = '/public-assets/tokens/1.json?response-content-type=text%2Fhtml'
    expect(await world.send('GET', path)).toBe('400 InvalidRequest')
  })
})

describe('a browser', () => {
  const preflight = (origin: string, headers: Record<string, string> = {}) =>
    fetch(`${world.store.endpoint}/${Bucket}/k`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'PUT', ...headers },
    })
  const uploadHeaders = { 'access-control-request-headers': 'content-type,if-none-match,x-amz-checksum-sha256' }

  it('may upload from an allowed origin', async () => {
    const { status, headers } = await preflight(appOrigin, uploadHeaders)
    expect(status).toBe(200)
    expect(headers.get('access-control-allow-origin')).toBe(appOrigin)
    expect(headers.get('access-control-allow-methods')).toContain('PUT')
    expect(headers.get('access-control-allow-headers')).toBe('content-type, if-none-match, x-amz-checksum-sha256')
    expect(headers.get('vary')).toContain('Origin')

    const url = presignAlone(world.store.endpoint, `/${Bucket}/from-a-browser`)
    const answer = await fetch(url, { method: 'PUT', body: 'x', headers: { origin: appOrigin } })
    expect(answer.headers.get('access-control-allow-origin')).toBe(appOrigin)
    expect(answer.headers.get('access-control-expose-headers')).toContain('etag')
  })

  it('may read the refusal of an upload too', async () => {
    const url = `${world.store.endpoint}/${Bucket}/k`
    const answer = await fetch(url, { method: 'PUT', body: 'x', headers: { origin: appOrigin } })
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([403, appOrigin])
  })

  it('may do nothing from another origin, or with another method', async () => {
    for (const origin of ['https://evil.test', `${appOrigin}.evil.test`, 'http://app.example.com', 'null']) {
      const { status, headers } = await preflight(origin, uploadHeaders)
      expect([origin, status, headers.get('access-control-allow-origin')]).toEqual([origin, 403, null])
    }
    const { status } = await preflight(appOrigin, { 'access-control-request-method': 'DELETE' })
    expect(status).toBe(403)
    const url = `${world.store.endpoint}/public-assets/tokens/1.json`
    const answer = await fetch(url, { headers: { origin: 'https://evil.test' } })
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
  })

  it('may do what the rules of the bucket add, and no more', async () => {
    const rule = { AllowedOrigins: ['https://*.partner.test'], AllowedMethods: ['PUT'], AllowedHeaders: ['content-*'] }
    await world.s3.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules: [rule] } }))
    const type = { 'access-control-request-headers': 'content-type' }
    expect((await preflight('https://a.partner.test', type)).status).toBe(200)
    expect((await preflight('https://a.partner.test', uploadHeaders)).status).toBe(403)
    expect((await preflight('https://partner.test.evil', type)).status).toBe(403)
    expect((await preflight(appOrigin, uploadHeaders)).status).toBe(200)
  })
})
