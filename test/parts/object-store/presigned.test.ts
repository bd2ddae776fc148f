import { Readable } from 'node:stream'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandInput,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { afterEach, describe, expect, it } from 'vitest'
import { presignAlone } from './presign-alone.ts'
import { clientOf, fetchOutcome, minuteMs, refusal, sha256, useObjectStore } from './setup.ts'

const world = useObjectStore()
const passport = Buffer.from('%PDF-1.7 the passport of somebody')
const signedNames = [
  'host',
  'content-type',
  'content-length',
  'x-amz-checksum-sha256',
  'if-none-match',
  'x-amz-server-side-encryption',
]

afterEach(() => {
  world.skewMs = 0
})

/** An upload as the gateway hands it out: everything about it is part of the signature. */
async function presignUpload(Key: string, client = world.s3) {
  const input: PutObjectCommandInput = {
    Bucket: 'documents',
    Key,
    ContentType: 'application/pdf',
    ContentLength: passport.length,
    ChecksumSHA256: sha256(passport),
    IfNoneMatch: '*',
    ServerSideEncryption: 'AES256',
  }
  const names = new Set(signedNames)
  const url = await getSignedUrl(client, new PutObjectCommand(input), {
    expiresIn: 900,
    signableHeaders: names,
    unhoistableHeaders: names,
  })
  return { url }
}

const uploadHeaders: Record<string, string> = {
  'content-type': 'application/pdf',
  'x-amz-checksum-sha256': sha256(passport),
  'if-none-match': '*',
  'x-amz-server-side-encryption': 'AES256',
}

function upload(url: string, headers = uploadHeaders, body: Buffer = passport) {
  return fetchOutcome(url, { method: 'PUT', headers, body: new Uint8Array(body) })
}

function without(name: string) {
  return Object.fromEntries(Object.entries(uploadHeaders).filter(([header]) => header !== name))
}

describe('a presigned upload', () => {
  it('stores exactly the bytes that it was signed for, once', async () => {
    const { url } = await presignUpload('user-uploads/näme+(1) 文.pdf')
    expect(await upload(url)).toBe('200')
    expect(await world.get('user-uploads/näme+(1) 文.pdf')).toBe(passport.toString())
    expect(await upload(url)).toBe('412 PreconditionFailed')
  })

  const longer = Buffer.concat([passport, Buffer.from('.')])
  const otherBytes = Buffer.from(passport.toString().replace('somebody', 'anybody!'))
  const refused: [string, string, (url: string) => Promise<string>][] = [
    [
      'another content type',
      '403 SignatureDoesNotMatch',
      (url) => upload(url, { ...uploadHeaders, 'content-type': 'text/html' }),
    ],
    ['one byte more', '403 SignatureDoesNotMatch', (url) => upload(url, uploadHeaders, longer)],
    ['one byte less', '403 SignatureDoesNotMatch', (url) => upload(url, uploadHeaders, passport.subarray(1))],
    ['other bytes of the same length', '400 BadDigest', (url) => upload(url, uploadHeaders, otherBytes)],
    [
      'the checksum of other bytes',
      '403 SignatureDoesNotMatch',
      (url) => upload(url, { ...uploadHeaders, 'x-amz-checksum-sha256': sha256(otherBytes) }, otherBytes),
    ],
    ['no checksum', '403 SignatureDoesNotMatch', (url) => upload(url, without('x-amz-checksum-sha256'))],
    ['no if-none-match', '403 SignatureDoesNotMatch', (url) => upload(url, without('if-none-match'))],
    [
      'no encryption asked for',
      '403 SignatureDoesNotMatch',
      (url) => upload(url, without('x-amz-server-side-encryption')),
    ],
    [
      'an added copy source',
      '403 AccessDenied',
      (url) => upload(url, { ...uploadHeaders, 'x-amz-copy-source': 'documents/other' }),
    ],
    ['added metadata', '403 AccessDenied', (url) => upload(url, { ...uploadHeaders, 'x-amz-meta-a': 'b' })],
    [
      'a copy source added to the address',
      '403 SignatureDoesNotMatch',
      (url) => upload(`${url}&x-amz-copy-source=documents%2Fother`),
    ],
    ['another key', '403 SignatureDoesNotMatch', (url) => upload(url.replace('temp', 'victim'))],
    ['a key that climbs out', '403 SignatureDoesNotMatch', (url) => upload(url.replace('temp/', 'temp/../../'))],
    [
      'another method',
      '403 SignatureDoesNotMatch',
      (url) => fetchOutcome(url, { method: 'DELETE', headers: uploadHeaders }),
    ],
    [
      'a longer life',
      '403 SignatureDoesNotMatch',
      (url) => upload(url.replace('X-Amz-Expires=900', 'X-Amz-Expires=90000')),
    ],
    [
      'a life beyond a week',
      '400 AuthorizationQueryParametersError',
      (url) => upload(url.replace('X-Amz-Expires=900', 'X-Amz-Expires=604801')),
    ],
    [
      'fewer signed headers',
      '403 AccessDenied',
      (url) => upload(url.replace(/X-Amz-SignedHeaders=[^&]+/, 'X-Amz-SignedHeaders=content-length')),
    ],
    [
      'an altered signature',
      '403 SignatureDoesNotMatch',
      (url) =>
        upload(url.replace(/X-Amz-Signature=./, (given) => `X-Amz-Signature=${given.endsWith('0') ? '1' : '0'}`)),
    ],
    [
      'no signature',
      '400 AuthorizationQueryParametersError',
      (url) => upload(url.replace(/&X-Amz-Signature=[^&]+/, '')),
    ],
    ['nothing that proves anything', '403 AccessDenied', (url) => upload(url.split('?')[0]!)],
    ['a parameter given twice', '400 InvalidArgument', (url) => upload(`${url}&x-id=PutObject`)],
  ]

  it.each(refused)('with %s is refused: %s', async (_, expected, attempt) => {
    const before = await world.storedFiles()
    const { url } = await presignUpload('user-uploads/temp/refused')
    expect(await attempt(url)).toBe(expected)
    expect(
      await refusal(world.s3.send(new HeadObjectCommand({ Bucket: 'documents', Key: 'user-uploads/temp/refused' }))),
    ).toBe('NotFound')
    expect(await world.storedFiles()).toEqual(before)
  })

  it('is refused when it was signed with other credentials, for another region, or for another host', async () => {
    const { endpoint, port } = world.store
    const otherKey = clientOf(endpoint, {
      credentials: { accessKeyId: 'AKIASOMEBODY', secretAccessKey: 'a secret of the tests' },
    })
    expect(await upload((await presignUpload('k', otherKey)).url)).toBe('403 InvalidAccessKeyId')
    const otherSecret = clientOf(endpoint, {
      credentials: { accessKeyId: 'AKIAGATEHOUSE', secretAccessKey: 'guessed' },
    })
    expect(await upload((await presignUpload('k', otherSecret)).url)).toBe('403 SignatureDoesNotMatch')
    const otherRegion = clientOf(endpoint, { region: 'eu-west-1' })
    expect(await upload((await presignUpload('k', otherRegion)).url)).toBe('400 AuthorizationQueryParametersError')
    const session = clientOf(endpoint, {
      credentials: { accessKeyId: 'AKIAGATEHOUSE', secretAccessKey: 'a secret of the tests', sessionToken: 'forged' },
    })
    expect(await upload((await presignUpload('k', session)).url)).toBe('400 InvalidToken')
    const otherHost = clientOf(`http://localhost:${port}`)
    const { url } = await presignUpload('k', otherHost)
    expect(await upload(url.replace('localhost', '127.0.0.1'))).toBe('403 SignatureDoesNotMatch')
  })

  it('lives for its fifteen minutes and no longer', async () => {
    const { url } = await presignUpload('expiring')
    world.skewMs = 15 * minuteMs + 2000
    expect(await upload(url)).toBe('403 AccessDenied')
    expect(
      await (await fetch(url, { method: 'PUT', headers: uploadHeaders, body: new Uint8Array(passport) })).text(),
    ).toContain('Request has expired')
    world.skewMs = 15 * minuteMs - 10_000
    expect(await upload(url)).toBe('200')
  })

  it('is refused when it comes from more than five minutes ahead', async () => {
    const { url } = await presignUpload('from-the-future')
    world.skewMs = -6 * minuteMs
    expect(await upload(url)).toBe('403 AccessDenied')
    world.skewMs = -4 * minuteMs
    expect(await upload(url)).toBe('200')
  })

  it('with the checksum of an empty body, as the SDK makes it by default, takes no other body', async () => {
    const client = clientOf(world.store.endpoint, { requestChecksumCalculation: 'WHEN_SUPPORTED' })
    const url = await getSignedUrl(client, new PutObjectCommand({ Bucket: 'documents', Key: 'crc' }), {
      expiresIn: 900,
    })
    expect(url).toContain('x-amz-checksum-crc32')
    expect(await upload(url, {})).toBe('400 BadDigest')
    expect(await refusal(world.s3.send(new HeadObjectCommand({ Bucket: 'documents', Key: 'crc' })))).toBe('NotFound')
  })

  it('signed by another tool, which leaves the payload hash out of the address, is taken', async () => {
    expect(await upload(presignAlone(world.store.endpoint, '/documents/other-tool'), {})).toBe('200')
    expect(await world.get('other-tool')).toBe(passport.toString())
  })

  it('is refused when its host was not signed: it would do for any store with these credentials', async () => {
    const type = { 'content-type': 'application/pdf' }
    const url = presignAlone(world.store.endpoint, '/documents/any-host', type)
    expect(await upload(url, type)).toBe('403 AccessDenied')
    const both = { 'content-type': 'application/pdf', host: new URL(world.store.endpoint).host }
    expect(await upload(presignAlone(world.store.endpoint, '/documents/this-host', both), type)).toBe('200')
  })
})

describe('a presigned download', () => {
  const presign = (rest: object = {}) =>
    getSignedUrl(world.s3, new GetObjectCommand({ Bucket: 'documents', Key: 'download', ...rest }), { expiresIn: 900 })

  it('answers with the type and disposition that were signed, as nothing that a browser would run', async () => {
    await world.put('download', '<script>alert(1)</script>', { ContentType: 'text/html' })
    const url = await presign({
      ResponseContentDisposition: 'attachment; filename="a b.png"',
      ResponseContentType: 'image/png',
    })
    const { status, headers } = await fetch(url)
    expect(status).toBe(200)
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'image/png',
      'content-disposition': 'attachment; filename="a b.png"',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "sandbox; default-src 'none'",
    })
    expect(await fetchOutcome(url.replace('attachment', 'inline'))).toBe('403 SignatureDoesNotMatch')
    expect(await fetchOutcome(url.replace('image%2Fpng', 'text%2Fhtml'))).toBe('403 SignatureDoesNotMatch')
    expect(await fetchOutcome(`${await presign()}&response-content-type=text%2Fhtml`)).toBe('403 SignatureDoesNotMatch')
    expect(await fetchOutcome(url.split('?')[0]!)).toBe('403 AccessDenied')
  })

  it('cannot smuggle a header into the answer', async () => {
    expect(await fetchOutcome(await presign({ ResponseContentDisposition: 'a\r\nset-cookie: b=c' }))).toBe(
      '400 InvalidArgument',
    )
  })

  it('does for nothing else: not another object, not a listing, not a deletion', async () => {
    await world.put('download2', 'other')
    const url = await presign()
    expect(await fetchOutcome(url.replace('/download?', '/download2?'))).toBe('403 SignatureDoesNotMatch')
    expect(await fetchOutcome(url.replace('/download?', '?list-type=2&'))).toBe('403 SignatureDoesNotMatch')
    expect(await fetchOutcome(url, { method: 'DELETE' })).toBe('403 SignatureDoesNotMatch')
    expect(await fetchOutcome(url)).toBe('200')
  })
})

describe('a request signed in its headers', () => {
  it('is refused with a clock more than fifteen minutes off', async () => {
    const list = () => refusal(clientOf(world.store.endpoint).send(new ListObjectsV2Command({ Bucket: 'documents' })))
    world.skewMs = 16 * minuteMs
    expect(await list()).toBe('RequestTimeTooSkewed')
    world.skewMs = -16 * minuteMs
    expect(await list()).toBe('RequestTimeTooSkewed')
    world.skewMs = 14 * minuteMs
    expect(await list()).toBe('no refusal')
  })

  it('is refused with a wrong key, secret or region, and without any', async () => {
    const { endpoint } = world.store
    const attempt = (options: object) =>
      refusal(clientOf(endpoint, options).send(new DeleteObjectCommand({ Bucket: 'documents', Key: 'kept' })))
    await world.put('kept', 'still here')
    expect(await attempt({ credentials: { accessKeyId: 'AKIASOMEBODY', secretAccessKey: 'x' } })).toBe(
      'InvalidAccessKeyId',
    )
    expect(await attempt({ credentials: { accessKeyId: 'AKIAGATEHOUSE', secretAccessKey: 'x' } })).toBe(
      'SignatureDoesNotMatch',
    )
    expect(await attempt({ region: 'eu-west-1' })).toBe('AuthorizationHeaderMalformed')
    expect(await attempt({ signer: { sign: async (request: unknown) => request } })).toBe('AccessDenied')
    expect(await world.send('DELETE', '/documents/kept', { authorization: 'Basic eDp5' })).toBe(
      '400 AuthorizationHeaderMalformed',
    )
    expect(await world.get('kept')).toBe('still here')
  })

  it('is refused when its body is not the one that was hashed', async () => {
    const client = clientOf(world.store.endpoint)
    client.middlewareStack.add(
      (next) => (input) => {
        Object.assign(input.request as object, { body: Buffer.from('tampered') })
        return next(input)
      },
      { step: 'finalizeRequest', priority: 'low', name: 'tamper' },
    )
    const operation = client.send(new PutObjectCommand({ Bucket: 'documents', Key: 'hashed', Body: 'original' }))
    expect(await refusal(operation)).toBe('XAmzContentSHA256Mismatch')
    expect(await refusal(world.get('hashed'))).toBe('NoSuchKey')
  })

  it('with an aws-chunked body is answered as not implemented', async () => {
    const logger = { debug() {}, info() {}, warn() {}, error() {} }
    const client = clientOf(world.store.endpoint, { requestChecksumCalculation: 'WHEN_SUPPORTED', logger })
    const Body = Readable.from([Buffer.from('streamed')])
    const operation = client.send(new PutObjectCommand({ Bucket: 'documents', Key: 'chunked', Body, ContentLength: 8 }))
    expect(await refusal(operation)).toBe('NotImplemented')
  })
})
