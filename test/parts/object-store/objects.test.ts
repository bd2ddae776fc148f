import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import {
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { describe, expect, it } from 'vitest'
import { presignAlone } from './presign-alone.ts'
import { clientOf, fetchOutcome, refusal, sha256, useObjectStore } from './setup.ts'

const world = useObjectStore()
const Bucket = 'documents'

describe('an object', () => {
  it('comes back with its headers and metadata, and says that it is encrypted', async () => {
    await world.put('described', 'bytes', {
      ContentType: 'application/pdf',
      CacheControl: 'no-store',
      ContentDisposition: 'attachment',
      ContentLanguage: 'de',
      Metadata: { uploader: 'user_1', note: 'a  b' },
      ServerSideEncryption: 'AES256',
    })
    const head = await world.s3.send(new HeadObjectCommand({ Bucket, Key: 'described' }))
    expect(head).toMatchObject({
      ContentType: 'application/pdf',
      ContentLength: 5,
      CacheControl: 'no-store',
      ContentDisposition: 'attachment',
      ContentLanguage: 'de',
      ETag: `"${createHash('md5').update('bytes').digest('hex')}"`,
      Metadata: { uploader: 'user_1', note: 'a  b' },
      ServerSideEncryption: 'AES256',
    })
    expect(Math.abs(Date.now() - head.LastModified!.getTime())).toBeLessThan(60_000)
    expect(head.ChecksumSHA256).toBeUndefined()
  })

  it('tells the checksum that it was stored with to who asks', async () => {
    await world.put('summed', 'bytes', { ChecksumSHA256: sha256('bytes') })
    const get = (Range?: string) =>
      world.s3.send(new GetObjectCommand({ Bucket, Key: 'summed', ChecksumMode: 'ENABLED', Range }))
    expect((await get()).ChecksumSHA256).toBe(sha256('bytes'))
    expect((await get('bytes=0-1')).ChecksumSHA256).toBeUndefined()
  })

  it('lies encrypted on the disk, under a key that is not beside it', async () => {
    const Body = `a name that nobody may read ${'x'.repeat(200_000)}`
    await world.put('secret', Body)
    const names = await readdir(join(world.root, 'store'), { recursive: true, withFileTypes: true })
    for (const file of names.filter((entry) => entry.isFile())) {
      expect((await readFile(join(file.parentPath, file.name))).includes('nobody may read')).toBe(false)
    }
    expect(await world.get('secret')).toBe(Body)
  })

  it('whose bytes were changed on the disk is broken off, not handed out', async () => {
    const before = await world.storedFiles()
    await world.put('rotten', 'x'.repeat(100_000))
    const [name] = (await world.storedFiles()).filter((file) => !before.includes(file))
    const path = join(world.root, 'store', 'objects', name!)
    const bytes = await readFile(path)
    bytes[50] = bytes[50]! ^ 1
    await writeFile(path, bytes)
    await expect(world.get('rotten')).rejects.toThrow()
  })

  it('is read in ranges across the pieces that it is encrypted in', async () => {
    const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, index) => (index * 7 + (index >> 9)) & 0x7f))
    await world.put('ranges', bytes)
    const range = async (Range: string) => Buffer.from(await world.get('ranges', { Range }))
    for (const [first, last] of [
      [0, 0],
      [65_535, 65_536],
      [65_536, 131_071],
      [10, 199_999],
      [199_999, 300_000],
    ] as const) {
      expect((await range(`bytes=${first}-${last}`)).equals(bytes.subarray(first, last + 1))).toBe(true)
    }
    expect((await range('bytes=-10')).equals(bytes.subarray(-10))).toBe(true)
    expect((await range('bytes=131072-')).equals(bytes.subarray(131_072))).toBe(true)
    const { ContentRange } = await world.s3.send(new HeadObjectCommand({ Bucket, Key: 'ranges', Range: 'bytes=5-9' }))
    expect(ContentRange).toBe('bytes 5-9/200000')
    expect(await refusal(range('bytes=200000-'))).toBe('InvalidRange')
  })

  it('is not sent again to who has it', async () => {
    const { ETag } = await world.put('cached', 'bytes')
    const url = await getSignedUrl(world.s3, new GetObjectCommand({ Bucket, Key: 'cached' }))
    expect((await fetch(url, { headers: { 'if-none-match': ETag! } })).status).toBe(304)
    expect((await fetch(url, { headers: { 'if-none-match': '"other"' } })).status).toBe(200)
    expect(await fetchOutcome(url, { headers: { 'if-match': '"other"' } })).toBe('412 PreconditionFailed')
    const future = new Date(Date.now() + 60_000).toUTCString()
    const past = new Date(Date.now() - 60_000).toUTCString()
    expect((await fetch(url, { headers: { 'if-modified-since': future } })).status).toBe(304)
    expect((await fetch(url, { headers: { 'if-modified-since': past } })).status).toBe(200)
    expect(await fetchOutcome(url, { headers: { 'if-unmodified-since': past } })).toBe('412 PreconditionFailed')
  })

  it('that is overwritten while it is read is still read whole', async () => {
    const body = (letter: string) => letter.repeat(3_000_000)
    await world.put('rewritten', body('a'))
    const answer = await world.s3.send(new GetObjectCommand({ Bucket, Key: 'rewritten' }))
    await world.put('rewritten', body('b'))
    expect((await answer.Body!.transformToString()) === body('a')).toBe(true)
    expect((await world.get('rewritten')) === body('b')).toBe(true)
  })

  it('that is deleted leaves nothing on the disk', async () => {
    const before = await world.storedFiles()
    await world.put('short-lived', 'bytes')
    await world.put('short-lived', 'other bytes')
    await world.s3.send(new DeleteObjectCommand({ Bucket, Key: 'short-lived' }))
    await world.s3.send(new DeleteObjectCommand({ Bucket, Key: 'short-lived' }))
    expect(await world.storedFiles()).toEqual(before)
    expect(await refusal(world.get('short-lived'))).toBe('NoSuchKey')
  })
})

describe('a write', () => {
  it('of a new key succeeds for one of twenty who try at once', async () => {
    const before = await world.storedFiles()
    const writers = Array.from({ length: 20 }, (_, index) => `writer ${index}`)
    const outcomes = await Promise.all(
      writers.map((body) => refusal(world.put('contested', body, { IfNoneMatch: '*' }))),
    )
    expect(outcomes.toSorted()).toEqual([...Array(19).fill('PreconditionFailed'), 'no refusal'])
    expect(await world.get('contested')).toBe(writers[outcomes.indexOf('no refusal')])
    expect(await world.storedFiles()).toHaveLength(before.length + 1)
  })

  it('of a known state fails when the state is another', async () => {
    const { ETag } = await world.put('guarded', 'first')
    await world.put('guarded', 'second', { IfMatch: ETag! })
    expect(await refusal(world.put('guarded', 'third', { IfMatch: ETag! }))).toBe('PreconditionFailed')
    expect(await refusal(world.put('absent', 'x', { IfMatch: ETag! }))).toBe('NoSuchKey')
    expect(await world.get('guarded')).toBe('second')
  })

  it('is refused when a digest does not fit the bytes, whichever it is, and nothing is left of it', async () => {
    const before = await world.storedFiles()
    const crc = Buffer.alloc(4)
    crc.writeUInt32BE(crc32('bytes'))
    const good = {
      ContentMD5: createHash('md5').update('bytes').digest('base64'),
      ChecksumSHA256: sha256('bytes'),
      ChecksumSHA1: createHash('sha1').update('bytes').digest('base64'),
      ChecksumCRC32: crc.toString('base64'),
    }
    for (const [name, value] of Object.entries(good)) {
      expect([name, await refusal(world.put(`by-${name}`, 'bytes', { [name]: value }))]).toEqual([name, 'no refusal'])
      expect([name, await refusal(world.put('refused', 'bytez', { [name]: value }))]).toEqual([name, 'BadDigest'])
      expect([name, await refusal(world.put('refused', 'bytes', { [name]: 'AAAA' }))]).toEqual([name, 'InvalidDigest'])
    }
    expect(await world.storedFiles()).toHaveLength(before.length + 4)
    expect(await refusal(world.get('refused'))).toBe('NoSuchKey')
  })

  it('whose bytes stop before the promised length is not stored', async () => {
    const before = await world.storedFiles()
    const url = new URL(presignAlone(world.store.endpoint, '/documents/broken-off'))
    const head = `PUT ${url.pathname}${url.search} HTTP/1.1\r\nhost: ${url.host}\r\ncontent-length: 10\r\n\r\n`
    for (const hangUp of ['end', 'destroy'] as const) {
      const socket = connect(world.store.port, '127.0.0.1')
      socket.on('error', () => {})
      await once(socket, 'connect')
      socket.write(`${head}123456789`)
      await expect.poll(() => world.storedFiles()).toHaveLength(before.length + 1)
      socket[hangUp]()
      socket.resume()
      await once(socket, 'close')
      await expect.poll(() => world.storedFiles()).toEqual(before)
    }
    expect(await refusal(world.get('broken-off'))).toBe('NoSuchKey')
  })

  it('needs its length beforehand, and no more than 64 MiB of it', async () => {
    const url = new URL(presignAlone(world.store.endpoint, '/documents/large'))
    const path = `${url.pathname}${url.search}`
    const chunked = { host: url.host, 'transfer-encoding': 'chunked' }
    expect(await world.send('PUT', path, chunked, Buffer.from('bytes'))).toBe('411 MissingContentLength')
    const tooLong = { host: url.host, 'content-length': String(64 * 1024 * 1024 + 1) }
    expect(await world.send('PUT', path, tooLong)).toBe('400 EntityTooLarge')
    await world.put('largest', Buffer.alloc(64 * 1024 * 1024, 1))
    const { ContentLength } = await world.s3.send(new HeadObjectCommand({ Bucket, Key: 'largest' }))
    expect(ContentLength).toBe(64 * 1024 * 1024)
    await world.s3.send(new DeleteObjectCommand({ Bucket, Key: 'largest' }))
  })

  it('that wishes for more than this store does is refused, not half granted', async () => {
    const wishes = [
      { Tagging: 'a=b' },
      { ServerSideEncryption: 'aws:kms' as const },
      { SSECustomerAlgorithm: 'AES256', SSECustomerKey: Buffer.alloc(32).toString('base64') },
      { StorageClass: 'GLACIER' as const },
      { ChecksumCRC32C: 'AAAAAA==' },
    ]
    for (const wish of wishes) expect(await refusal(world.put('wishes', 'x', wish))).toBe('NotImplemented')
    expect(await refusal(world.put('wishes', 'x', { ACL: 'public-read' }))).toBe('AccessControlListNotSupported')
    expect(await refusal(world.put('wishes', 'x', { Metadata: { a: 'x'.repeat(2048) } }))).toBe('MetadataTooLarge')
    const { s3 } = world
    expect(await refusal(s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'wishes' })))).toBe('NotImplemented')
    const ObjectAttributes = ['ETag' as const]
    const attributes = new GetObjectAttributesCommand({ Bucket, Key: 'wishes', ObjectAttributes })
    expect(await refusal(s3.send(attributes))).toBe('NotImplemented')
    expect(await refusal(world.get('wishes'))).toBe('NoSuchKey')
  })

  it('with the SDK as it comes from the box is stored too', async () => {
    const client = clientOf(world.store.endpoint, {
      requestChecksumCalculation: 'WHEN_SUPPORTED',
      responseChecksumValidation: 'WHEN_SUPPORTED',
    })
    await client.send(new PutObjectCommand({ Bucket, Key: 'default-client', Body: 'bytes' }))
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'default-client' }))
    expect(await Body!.transformToString()).toBe('bytes')
  })
})

describe('a copy', () => {
  it('has the bytes and headers of its source, or headers of its own', async () => {
    const source = 'user-uploads/näme+(1)%2F.png'
    const { ETag } = await world.put(source, 'image', { ContentType: 'image/png', Metadata: { a: 'b' } })
    const CopySource = encodeURIComponent(`${Bucket}/${source}`)
    const { s3 } = world
    const copied = await s3.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource, CopySourceIfMatch: ETag! }))
    expect(copied.CopyObjectResult?.ETag).toBe(ETag)
    const plain = await s3.send(new GetObjectCommand({ Bucket, Key: 'copy' }))
    expect(await plain.Body!.transformToString()).toBe('image')
    expect(plain).toMatchObject({ ContentType: 'image/png', Metadata: { a: 'b' } })

    const replacing = { MetadataDirective: 'REPLACE' as const, ContentType: 'text/plain' }
    await s3.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `/${Bucket}/copy`, ...replacing }))
    expect(await s3.send(new HeadObjectCommand({ Bucket, Key: 'copy' }))).toMatchObject({
      ContentType: 'text/plain',
      Metadata: {},
      ContentLength: 5,
    })
  })

  it('is refused when the source is missing or another than expected, or when it would change nothing', async () => {
    await world.put('source', 'bytes')
    const copy = (CopySource: string, rest: object = {}) =>
      refusal(world.s3.send(new CopyObjectCommand({ Bucket, Key: 'target', CopySource, ...rest })))
    expect(await copy(`${Bucket}/absent`)).toBe('NoSuchKey')
    expect(await copy('absent/source')).toBe('NoSuchBucket')
    expect(await copy(`${Bucket}/source?versionId=other`)).toBe('NoSuchVersion')
    expect(await copy(`${Bucket}/source`, { CopySourceIfMatch: '"other"' })).toBe('PreconditionFailed')
    expect(await copy(`${Bucket}/source`, { Key: 'source' })).toBe('InvalidRequest')
    expect(await copy(Bucket)).toBe('InvalidArgument')
    expect(await refusal(world.get('target'))).toBe('NoSuchKey')
  })
})
