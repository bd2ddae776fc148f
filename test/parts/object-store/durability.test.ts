import { type ChildProcess, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { servingEndpoint, startObjectStore } from '../../../src/embedded/object-store/index.ts'
import { presignAlone } from './presign-alone.ts'
import { clientOf, credentials, refusal } from './setup.ts'

const Bucket = 'documents'
let root: string
let directory: string
const children: ChildProcess[] = []

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'object-store-'))
  directory = join(root, 'store')
})

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await rm(root, { recursive: true })
})

/** Runs a story against a store of the directory, which is stopped after it. */
async function withStore<T>(story: (s3: S3Client, endpoint: string) => Promise<T>) {
  const store = await startObjectStore({ directory, credentials })
  const s3 = clientOf(store.endpoint)
  try {
    return await story(s3, store.endpoint)
  } finally {
    s3.destroy()
    await store.close()
  }
}

async function put(s3: S3Client, Key: string, Body: string | Buffer) {
  return s3.send(new PutObjectCommand({ Bucket, Key, Body }))
}

async function contents(s3: S3Client) {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }))
  const found = new Map<string, Buffer>()
  for (const { Key } of Contents) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }))
    found.set(Key!, Buffer.from(await Body!.transformToByteArray()))
  }
  return found
}

describe('a restart', () => {
  it('finds objects, versions, markers and settings as they were', async () => {
    const look = async (s3: S3Client) => {
      const { $metadata: _, ...versions } = await s3.send(new ListObjectVersionsCommand({ Bucket }))
      return { versions, policy: (await s3.send(new GetBucketPolicyCommand({ Bucket }))).Policy }
    }
    const before = await withStore(async (s3) => {
      await s3.send(new CreateBucketCommand({ Bucket }))
      await put(s3, 'without version', 'first')
      await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }))
      await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: '{"Statement":[]}' }))
      for (const body of ['second', 'third']) await put(s3, 'without version', body)
      await put(s3, 'deleted', 'bytes')
      await s3.send(new DeleteObjectCommand({ Bucket, Key: 'deleted' }))
      return look(s3)
    })
    expect(before.versions.Versions).toHaveLength(4)
    expect(before.versions.DeleteMarkers).toHaveLength(1)
    expect(await withStore(look)).toEqual(before)
    expect(await withStore(async (s3) => String((await contents(s3)).get('without version')))).toBe('third')
  })

  it('forgets in the journal what is no longer there, and nothing else', async () => {
    const journal = join(directory, 'journal')
    const read = (s3: S3Client) => contents(s3).then((found) => String(found.get('k')))
    await withStore(async (s3) => {
      await s3.send(new CreateBucketCommand({ Bucket }))
      for (let index = 0; index < 20; index++) await put(s3, 'k', `body ${index}`)
      await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }))
      await put(s3, 'k', 'newest')
    })
    const { size } = await stat(journal)
    expect(await withStore(read)).toBe('newest')
    expect((await stat(journal)).size).toBeLessThan(size / 5)
    expect(await withStore(read)).toBe('newest')
  })

  it('drops a line of the journal that a crash tore off, and what it would have named', async () => {
    const journal = join(directory, 'journal')
    await withStore(async (s3) => {
      await s3.send(new CreateBucketCommand({ Bucket }))
      await put(s3, 'whole', 'bytes')
      await put(s3, 'torn', 'bytes')
    })
    const content = await readFile(journal)
    for (const tail of [
      content.subarray(0, -1),
      content.subarray(0, -40),
      Buffer.concat([content.subarray(0, -40), Buffer.alloc(64)]),
    ]) {
      await writeFile(journal, tail)
      await withStore(async (s3) => {
        expect([...(await contents(s3)).keys()]).toEqual(['whole'])
        expect(await readdir(join(directory, 'objects'))).toHaveLength(1)
        await put(s3, 'after', 'bytes')
      })
      await withStore(async (s3) => {
        expect([...(await contents(s3)).keys()]).toEqual(['after', 'whole'])
      })
    }
  })

  it('does not happen on a journal that is damaged in its middle, or without the key', async () => {
    await withStore(async (s3) => {
      await s3.send(new CreateBucketCommand({ Bucket }))
      await put(s3, 'a', 'bytes')
      await put(s3, 'b', 'bytes')
    })
    const journal = join(directory, 'journal')
    const content = await readFile(journal, 'utf8')
    await writeFile(journal, content.replace('"size":5', '"size":6'))
    await expect(withStore(contents)).rejects.toThrow('damaged at line 2')
    await writeFile(journal, content)
    const key = await readFile(`${directory}.key`)
    expect((await stat(`${directory}.key`)).mode & 0o777).toBe(0o600)
    await rm(`${directory}.key`)
    await expect(withStore(contents)).rejects.toThrow('is missing')
    await writeFile(`${directory}.key`, randomBytes(32).toString('base64'))
    await expect(withStore(contents)).rejects.toThrow('is not the key')
    await writeFile(`${directory}.key`, key)
    expect((await withStore(contents)).size).toBe(2)
  })

  it('sweeps bytes that no version names, and touches no other file', async () => {
    await withStore((s3) => s3.send(new CreateBucketCommand({ Bucket })))
    await writeFile(join(directory, 'objects', '0'.repeat(32)), 'left by a crash')
    await writeFile(join(directory, 'objects', 'notes.txt'), 'of the operator')
    await withStore(contents)
    expect(await readdir(join(directory, 'objects'))).toEqual(['notes.txt'])
  })
})

describe('one directory', () => {
  it('is served once at a time, and tells where', async () => {
    expect(await servingEndpoint(directory)).toBeUndefined()
    await withStore(async (_, endpoint) => {
      expect(await servingEndpoint(directory)).toBe(endpoint)
      await expect(startObjectStore({ directory, credentials })).rejects.toThrow(`already served at ${endpoint}`)
      expect(await servingEndpoint(directory)).toBe(endpoint)
    })
    expect(await servingEndpoint(directory)).toBeUndefined()
  })

  it('is not held by what a crash left, even when another server has its port', async () => {
    await withStore(async (_, endpoint) => {
      const [other, text] = [join(root, 'other'), JSON.stringify({ endpoint, id: 'long gone' })]
      const first = await startObjectStore({ directory: other, credentials })
      await first.close()
      await writeFile(join(other, 'served-by.json'), text)
      const second = await startObjectStore({ directory: other, credentials })
      await second.close()
      await writeFile(join(other, 'served-by.json'), 'torn{')
      await (await startObjectStore({ directory: other, credentials })).close()
    })
  })
})

describe('a stop', () => {
  it('lets an upload in flight finish', async () => {
    const store = await startObjectStore({ directory, credentials })
    const s3 = clientOf(store.endpoint)
    await s3.send(new CreateBucketCommand({ Bucket }))
    const body = randomBytes(200_000)
    const url = presignAlone(store.endpoint, `/${Bucket}/in-flight`)
    const upload = request(url, { method: 'PUT', headers: { 'content-length': body.length } })
    upload.write(body.subarray(0, 100_000))
    await expect.poll(() => readdir(join(directory, 'objects'))).toHaveLength(1)
    const stopped = store.close()
    upload.end(body.subarray(100_000))
    const [response] = (await once(upload, 'response')) as [IncomingMessage]
    expect(response.resume().statusCode).toBe(200)
    await stopped
    await expect(fetch(store.endpoint)).rejects.toThrow()
    s3.destroy()
    expect((await withStore(contents)).get('in-flight')?.equals(body)).toBe(true)
  })
})

const program = `
  import { startObjectStore } from ${JSON.stringify(new URL('../../../src/embedded/object-store/index.ts', import.meta.url).href)}
  const [directory, credentials] = JSON.parse(process.argv[1])
  console.log((await startObjectStore({ directory, credentials })).endpoint)
`

/** Serves the directory from a process of its own, of whose files none grows past a limit. */
async function spawnStore(maxFileBlocks = 'unlimited'): Promise<[ChildProcess, string]> {
  const argument = JSON.stringify([directory, credentials])
  const command = [process.execPath, '--input-type=module', '-e', program, argument]
  const child = spawn('sh', ['-c', `ulimit -f ${maxFileBlocks}; exec "$@"`, 'sh', ...command], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  const [endpoint] = await once(createInterface(child.stdout!), 'line')
  return [child, endpoint]
}

describe('a disk that is full', () => {
  it('fails the writes that do not fit, and spoils nothing that was there', async () => {
    await withStore((s3) => s3.send(new CreateBucketCommand({ Bucket })))
    const [child, endpoint] = await spawnStore('8')
    const exit = once(child, 'exit')
    const s3 = clientOf(endpoint)
    const written: string[] = []
    const writeUntilFull = async (name: string, Metadata?: Record<string, string>) => {
      for (let index = 100; index < 200; index++) {
        const Key = `${name} ${index}`
        const outcome = await refusal(s3.send(new PutObjectCommand({ Bucket, Key, Body: 'bytes', Metadata })))
        if (outcome !== 'no refusal') return outcome
        written.push(Key)
      }
      return 'no refusal'
    }
    // The long description does not fit, a short one still does: half of the long one must not stand in its way.
    expect(await writeUntilFull('a'.repeat(1000), { long: '"'.repeat(2000) })).toBe('InternalError')
    const before = written.length
    expect(await writeUntilFull('b')).toBe('InternalError')
    expect(written.length).toBeGreaterThan(before)
    expect(await refusal(put(s3, 'larger', Buffer.alloc(100_000)))).toBe('InternalError')
    expect([...(await contents(s3)).keys()]).toEqual(written)
    s3.destroy()
    child.kill('SIGKILL')
    await exit

    await withStore(async (client) => {
      expect([...(await contents(client)).keys()]).toEqual(written)
      expect(await readdir(join(directory, 'objects'))).toHaveLength(written.length)
      expect(await refusal(put(client, 'with room again', 'bytes'))).toBe('no refusal')
    })
    expect((await withStore(contents)).size).toBe(written.length + 1)
  })
})

describe('kill -9 in the middle of uploads', () => {
  it('loses nothing that was acknowledged and shows nothing that is not whole', async () => {
    await withStore((s3) => s3.send(new CreateBucketCommand({ Bucket })))
    const acknowledged = new Set<string>()
    const hash = (body: Buffer) => createHash('sha256').update(body).digest('hex')

    for (let round = 0; round < 4; round++) {
      const [child, endpoint] = await spawnStore()
      const exit = once(child, 'exit')
      const s3 = clientOf(endpoint)
      const goal = acknowledged.size + 6
      const writer = async () => {
        for (;;) {
          const body = randomBytes(1_000_000)
          // Each key says what its bytes must be; `latest` is overwritten all the time.
          await put(s3, hash(body), body)
          acknowledged.add(hash(body))
          await put(s3, 'latest', body)
          if (acknowledged.size >= goal) child.kill('SIGKILL')
        }
      }
      const writers = await Promise.all([writer(), writer(), writer()].map(refusal))
      expect(writers).not.toContain('no refusal')
      s3.destroy()
      await exit
    }

    await withStore(async (s3) => {
      const found = await contents(s3)
      const latest = found.get('latest')!
      found.delete('latest')
      for (const [key, body] of found) expect(hash(body)).toBe(key)
      for (const key of acknowledged) expect(found.has(key)).toBe(true)
      expect(found.has(hash(latest))).toBe(true)
      expect(await readdir(join(directory, 'objects'))).toHaveLength(found.size + 1)
      expect(await refusal(put(s3, 'afterwards', 'bytes'))).toBe('no refusal')
    })
  })
})
