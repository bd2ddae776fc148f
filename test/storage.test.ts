import { createHash, randomUUID } from 'node:crypto'
import { createServer } from 'node:net'
import { GetBucketCorsCommand, GetBucketVersioningCommand, ListBucketsCommand } from '@aws-sdk/client-s3'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest'
import { readConfig } from '../src/config.ts'
import { createLogger } from '../src/logger.ts'
import { ensureBuckets } from '../src/storage/apply.ts'
import { bucketName, buckets, kycDocument, temporaryUpload } from '../src/storage/buckets.ts'
import { createStorage, type Storage } from '../src/storage/index.ts'
import { deleteObject, deleteOtherVersions, listObjects, putObject, readObject } from '../src/storage/objects.ts'
import { attachment, presignDownload, presignedLife, presignUpload } from '../src/storage/presign.ts'
import { createTurns } from '../src/turns.ts'
import { startStore, storeEnvironment, type TestStore } from './harness/store.ts'
import { freePort } from './services/free-port.ts'

const isEmbedded = inject('stack').name === 'embedded'
const settings = readConfig({}).storage
const logger = createLogger('silent')
const pageOrigin = 'https://app.example.com'

/** This file's own: what is set on a bucket here is nobody else's. */
let server: TestStore
let storage: Storage

beforeAll(async () => {
  server = await startStore()
  storage = createStorage({ server, settings })
  await ensureBuckets(storage, { allowedOrigins: [pageOrigin], logger })
})
afterAll(async () => {
  storage.close()
  await server.stop()
})

const newUpload = () => temporaryUpload({ userId: 'user_1', id: `upload_${randomUUID()}` })
const newDocument = () =>
  kycDocument({ applicationId: 'kyc_1', documentType: 'selfie', documentId: `kycdoc_${randomUUID()}` })
const bytes = Buffer.from('the very bytes')
const declared = {
  contentType: 'image/png',
  size: bytes.length,
  sha256: createHash('sha256').update(bytes).digest('hex'),
}
const object = { bytes, contentType: 'image/png' }

/** A presigned upload, and a PUT of it that may differ from what was signed. */
async function presigned(place = newUpload(), life = presignedLife(storage), by = storage) {
  const upload = await presignUpload(by, place, declared, life)
  const signedHeaders = Object.fromEntries(upload.headers.map(({ name, value }) => [name, value]))
  const put = async (change: { url?: string; body?: Buffer<ArrayBuffer>; headers?: Record<string, string> } = {}) => {
    const headers = { ...signedHeaders, ...change.headers }
    const response = await fetch(change.url ?? upload.url, { method: 'PUT', body: change.body ?? bytes, headers })
    await response.arrayBuffer()
    return response.status
  }
  return { ...upload, put, stored: () => readObject(storage, place, { maxBytes: 1_000 }) }
}

const anonymous = (path: string, method = 'GET') => fetch(`${server.endpoint}${path}`, { method }).then((r) => r.status)

describe('keys', () => {
  it('D35: a key is made of ids alone, in one place', () => {
    expect(temporaryUpload({ userId: 'user_1', id: 'upload_1' })).toEqual({
      bucket: 'user-uploads',
      key: 'user_1/temp/upload_1',
    })
    expect(kycDocument({ applicationId: 'kyc_1', documentType: 'selfie', documentId: 'kycdoc_1' })).toEqual({
      bucket: 'kyc-documents',
      key: 'kyc_1/selfie/kycdoc_1',
    })
  })
})

describe('a presigned upload', () => {
  it('stores the declared bytes with exactly the headers that it names', async () => {
    const { put, stored, headers } = await presigned()
    expect(headers.map(({ name }) => name)).toEqual(['content-type', 'x-amz-checksum-sha256', 'if-none-match'])
    expect(await put()).toBe(200)
    expect((await stored())?.bytes).toEqual(bytes)
  })

  it('D37: signs the type, so that nothing else can be stored in its place', async () => {
    const { url, put, stored } = await presigned()
    const signed = new URL(url).searchParams.get('X-Amz-SignedHeaders')?.split(';')
    expect(signed).toEqual(['content-length', 'content-type', 'host', 'if-none-match', 'x-amz-checksum-sha256'])
    expect(await put({ headers: { 'content-type': 'text/html' } })).toBe(403)
    expect(await stored()).toBeNull()
  })

  it('D38: signs the length, and no checksum of an empty body', async () => {
    const { url, put, stored } = await presigned()
    expect(url).not.toMatch(/crc32/i)
    expect(await put({ body: Buffer.concat([bytes, Buffer.from('.')]) })).toBe(403)
    expect(await put({ body: bytes.subarray(1) })).toBe(403)
    expect(await stored()).toBeNull()
  })

  it('D38: other bytes of the same length are refused by a store that looks; Ceph leaves that to the completion', async () => {
    const { put, stored } = await presigned()
    expect(await put({ body: Buffer.from('the other byte') })).toBe(isEmbedded ? 400 : 200)
    expect(await stored()).toEqual(isEmbedded ? null : expect.anything())
  })

  it('D36: writes once', async () => {
    const { put, stored } = await presigned()
    expect(await put()).toBe(200)
    expect(await put()).toBe(412)
    expect((await stored())?.bytes).toEqual(bytes)
  })

  it('D35: is bound to its key', async () => {
    const { url, put } = await presigned()
    const other = newUpload()
    expect(await put({ url: url.replace(/user_1\/temp\/[^?]+/, other.key) })).toBe(403)
    expect(await readObject(storage, other, { maxBytes: 1_000 })).toBeNull()
  })

  it('is refused after its time', async () => {
    const signedAt = new Date(Date.now() - 3_600_000)
    const { put, stored } = await presigned(newUpload(), {
      signedAt,
      expiresAt: new Date(signedAt.getTime() + 900_000),
    })
    expect(await put()).toBe(403)
    expect(await stored()).toBeNull()
  })

  it('D42: lives as long as the configuration says', async () => {
    const brief = createStorage({ server, settings: readConfig({ PRESIGNED_URL_SECONDS: '60' }).storage })
    onTestFinished(() => brief.close())
    const life = presignedLife(brief)
    const { url } = await presigned(newUpload(), life, brief)
    expect(new URL(url).searchParams.get('X-Amz-Expires')).toBe('60')
    expect(life.expiresAt.getTime() - life.signedAt.getTime()).toBe(60_000)
  })

  it('D40: is made for the address that clients use, not for the one inside', async () => {
    const publicEndpoint = server.endpoint.replace('127.0.0.1', 'localhost')
    const facingOut = createStorage({ server: { ...server, publicEndpoint }, settings })
    onTestFinished(() => facingOut.close())
    const { url, put } = await presigned(newUpload(), presignedLife(facingOut), facingOut)
    expect(url.startsWith(`${publicEndpoint}/user-uploads/`)).toBe(true)
    expect(await put({ url: url.replace('localhost', '127.0.0.1') })).toBe(403)
    expect(await put()).toBe(200)
  })

  it('can neither publish what it stores nor store a copy of somebody else’s object', async () => {
    const secret = newDocument()
    await putObject(storage, secret, object)
    const everybody = 'uri="http://acs.amazonaws.com/groups/global/AllUsers"'
    const wishes: Record<string, string>[] = [{ 'x-amz-acl': 'public-read' }, { 'x-amz-grant-read': everybody }]
    for (const headers of wishes) {
      const published = newUpload()
      await (await presigned(published)).put({ headers })
      expect(await anonymous(`/${published.bucket}/${published.key}`)).toBe(403)
    }

    const copy = await presigned()
    expect(await copy.put({ headers: { 'x-amz-copy-source': `/${secret.bucket}/${secret.key}` } })).toBe(403)
    expect(await copy.stored()).toBeNull()
  })
})

describe('a presigned download', () => {
  const versionOf = async (place: ReturnType<typeof newDocument>, fileName = 'a.png') => {
    const { versionId } = await putObject(storage, place, object)
    return { fileName, contentType: 'image/png', versionId }
  }

  it('D36: gives the version that was checked, whatever was stored there later', async () => {
    const place = newDocument()
    const checked = await versionOf(place)
    await putObject(storage, place, { bytes: Buffer.from('another face'), contentType: 'image/png' })
    const response = await fetch(await presignDownload(storage, place, checked, presignedLife(storage)))
    expect(Buffer.from(await response.arrayBuffer())).toEqual(bytes)
  })

  it('D37: is an attachment of the fixed type, under a name that cannot break out', async () => {
    const place = newDocument()
    for (const fileName of ['plain.png', 'Pässe "2026"; x=1.png', '护照🛂.png', "it's (1) 100%.png", 'a\u00a0b.png']) {
      const url = await presignDownload(storage, place, await versionOf(place, fileName), presignedLife(storage))
      const { status, headers } = await fetch(url)
      expect(status).toBe(200)
      expect(headers.get('content-type')).toBe('image/png')
      expect(headers.get('content-disposition')).toBe(attachment(fileName))
      expect((await fetch(url.replace('attachment', 'inline'))).status).toBe(403)
      expect((await fetch(url.replace('image%2Fpng', 'text%2Fhtml'))).status).toBe(403)
    }
  })

  it('names a file in ASCII for old clients, and as it is for the others (RFC 6266)', () => {
    expect(attachment('Pässe "1".pdf')).toBe(
      `attachment; filename="P_sse _1_.pdf"; filename*=UTF-8''P%C3%A4sse%20%221%22.pdf`,
    )
  })
})

describe('buckets', () => {
  it('D33: are closed to whoever does not sign, wherever from, and open to the gateway’s own address', async () => {
    for (const place of [newUpload(), newDocument()]) {
      await putObject(storage, place, object)
      expect((await readObject(storage, place, { maxBytes: 1_000 }))?.bytes).toEqual(bytes)
      for (const method of ['GET', 'PUT', 'DELETE']) {
        expect(await anonymous(`/${place.bucket}/${place.key}`, method)).toBe(403)
      }
      expect(await anonymous(`/${place.bucket}`)).toBe(403)
      expect(await anonymous(`/${place.bucket}?versions`)).toBe(403)
    }
  })

  it('are made once, however often and by however many they are asked for', async () => {
    const place = newDocument()
    await putObject(storage, place, object)
    const ensure = () => ensureBuckets(storage, { allowedOrigins: [pageOrigin], logger })
    await Promise.all([ensure(), ensure(), ensure()])
    expect((await readObject(storage, place, { maxBytes: 1_000 }))?.bytes).toEqual(bytes)
    for (const Bucket of buckets) {
      const { Status } = await storage.client.send(new GetBucketVersioningCommand({ Bucket }))
      expect([Bucket, Status]).toEqual([Bucket, Bucket === 'user-uploads' ? undefined : 'Enabled'])
    }
  })

  it('have a prefix where their names are shared with others, and then everything is under it', async () => {
    const own = await startStore()
    onTestFinished(() => own.stop())
    const { storage: configured } = readConfig({ ...storeEnvironment(own), S3_BUCKET_PREFIX: 'acme-test-' })
    const prefixed = createStorage({ server: configured.server!, settings: configured })
    onTestFinished(() => prefixed.close())
    const warnings: unknown[] = []
    const listening = pino({ level: 'warn' }, { write: (line) => void warnings.push(line) })
    await ensureBuckets(prefixed, { allowedOrigins: [pageOrigin], logger: listening })
    expect(warnings).toEqual([])

    const document = newDocument()
    const { versionId } = await putObject(prefixed, document, object)
    const life = presignedLife(prefixed)
    const download = await presignDownload(prefixed, document, { fileName: 'a', contentType: 'a/b', versionId }, life)
    expect(Buffer.from(await (await fetch(download)).arrayBuffer())).toEqual(bytes)
    const upload = await presigned(newUpload(), life, prefixed)
    expect(await upload.put()).toBe(200)
    const listed = []
    for await (const page of listObjects(prefixed, 'user-uploads')) listed.push(...page)
    expect(listed).toHaveLength(1)
    await deleteOtherVersions(prefixed, document, 'none of them')
    expect(await readObject(prefixed, document, { maxBytes: 1_000 })).toBeNull()
    expect(await deleteObject(prefixed, document)).toBe(0)

    const { Buckets } = await prefixed.client.send(new ListBucketsCommand())
    expect(Buckets?.map(({ Name }) => Name)).toEqual(buckets.map((bucket) => `acme-test-${bucket}`))
    expect(bucketName(storage, 'user-uploads')).toBe('user-uploads')
  })

  it('have no prefix that could not begin a name', () => {
    for (const prefix of ['Acme', 'a_b', 'a.b', '-a', 'a'.repeat(41)]) {
      expect(() => readConfig({ S3_BUCKET_PREFIX: prefix })).toThrow('S3_BUCKET_PREFIX')
    }
    expect(readConfig({ S3_BUCKET_PREFIX: '' }).storage.server).toBeNull()
  })

  it('take uploads from pages of the allowed origins alone', async () => {
    const { CORSRules } = await storage.client.send(new GetBucketCorsCommand({ Bucket: 'user-uploads' }))
    expect(CORSRules?.map((rule) => [rule.AllowedOrigins, rule.AllowedMethods])).toEqual([[[pageOrigin], ['PUT']]])
    const ask = async (origin: string) => {
      const response = await fetch(`${server.endpoint}/user-uploads/k`, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'PUT',
          'access-control-request-headers': 'content-type,if-none-match,x-amz-checksum-sha256',
        },
      })
      return [response.status, response.headers.get('access-control-allow-origin')]
    }
    expect(await ask(pageOrigin)).toEqual([200, pageOrigin])
    expect(await ask('https://evil.example.com')).toEqual([403, null])
  })

  it('that cannot be reached do not keep a gateway from starting: it is logged', async () => {
    const endpoint = `http://127.0.0.1:${await freePort()}`
    const gone = createStorage({ server: { ...server, endpoint }, settings })
    onTestFinished(() => gone.close())
    const warnings: unknown[] = []
    const listening = pino({ level: 'warn' }, { write: (line) => void warnings.push(line) })
    await ensureBuckets(gone, { allowedOrigins: [], logger: listening })
    expect(warnings).toHaveLength(buckets.length)
  })
})

describe('objects', () => {
  it('D44: are deleted with every version and marker, and nothing beside them', async () => {
    const place = newDocument()
    const neighbour = { ...place, key: `${place.key}x` }
    for (const target of [place, place, neighbour]) await putObject(storage, target, object)
    expect(await deleteObject(storage, place)).toBe(2)
    expect(await readObject(storage, place, { maxBytes: 1_000 })).toBeNull()
    expect(await deleteObject(storage, place)).toBe(0)
    expect(await deleteObject(storage, neighbour)).toBe(1)
  })

  it('are read whole or, when larger than expected, not at all', async () => {
    const place = newUpload()
    await putObject(storage, place, { bytes: Buffer.alloc(2_000_000, 7), contentType: 'image/png' })
    expect(await readObject(storage, place, { maxBytes: 1_999_999 })).toEqual({ size: 2_000_000, bytes: null })
    expect((await readObject(storage, place, { maxBytes: 2_000_000 }))?.bytes).toHaveLength(2_000_000)
  })

  it('are listed page by page', async () => {
    const place = newUpload()
    await putObject(storage, place, object)
    const keys: string[] = []
    for await (const page of listObjects(storage, 'user-uploads')) keys.push(...page.map(({ key }) => key))
    expect(keys).toContain(place.key)
  })

  it('of a store that is gone, or does not answer, are UNAVAILABLE within the time', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1')
    onTestFinished(() => void silent.close())
    const ports = [await freePort(), (silent.address() as { port: number }).port]
    for (const port of ports) {
      const broken = createStorage({
        server: { ...server, endpoint: `http://127.0.0.1:${port}` },
        settings,
        timeoutMs: 300,
      })
      onTestFinished(() => broken.close())
      const refused = expect.objectContaining({ code: 'UNAVAILABLE', details: { retryable: true } })
      await expect(readObject(broken, newUpload(), { maxBytes: 10 })).rejects.toEqual(refused)
      await expect(putObject(broken, newDocument(), object)).rejects.toEqual(refused)
      await expect(deleteObject(broken, newDocument())).rejects.toEqual(refused)
    }
  })
})

describe('turns', () => {
  it('are taken by a few at a time, in order, and given back after a failure', async () => {
    const inTurn = createTurns({ max: 2, waitMs: 10_000 })
    const gates: (() => void)[] = []
    let busy = 0
    let most = 0
    const began: number[] = []
    const works = Array.from({ length: 6 }, (_, index) =>
      inTurn(async () => {
        began.push(index)
        most = Math.max(most, ++busy)
        await new Promise<void>((resolve) => gates.push(resolve))
        busy -= 1
        if (index % 2) throw new Error('failed')
      }).catch(() => {}),
    )
    while (began.length < works.length || gates.length > 0) {
      gates.shift()?.()
      await Promise.resolve()
    }
    await Promise.all(works)
    expect(most).toBe(2)
    expect(began).toEqual([0, 1, 2, 3, 4, 5])
  })

  it('that do not come in time are UNAVAILABLE, and take nobody else’s', async () => {
    const inTurn = createTurns({ max: 1, waitMs: 10 })
    let release = () => {}
    const first = inTurn(() => new Promise<void>((resolve) => (release = resolve)))
    await expect(inTurn(async () => 'late')).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    release()
    await first
    expect(await inTurn(async () => 'next')).toBe('next')
  })
})
