import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll } from 'vitest'
import { type ObjectStore, startObjectStore } from '../../../src/embedded/object-store/index.ts'

export const credentials = { accessKeyId: 'AKIAGATEHOUSE', secretAccessKey: 'a secret of the tests' }
export const appOrigin = 'https://app.example.com'
export const publicBuckets = ['public-assets', 'restricted']
export const minuteMs = 60_000

/** A store of this file's own, with a bucket `documents`, a client of it, and a clock that can be moved. */
export function useObjectStore() {
  const world = {
    root: '',
    store: undefined as unknown as ObjectStore,
    s3: undefined as unknown as S3Client,
    skewMs: 0,

    async put(Key: string, Body: string | Buffer, rest: Partial<PutObjectCommandInput> = {}) {
      return world.s3.send(new PutObjectCommand({ Bucket: 'documents', Key, Body, ...rest }))
    },

    async get(Key: string, rest: { VersionId?: string; Range?: string } = {}) {
      const { Body } = await world.s3.send(new GetObjectCommand({ Bucket: 'documents', Key, ...rest }))
      return Body!.transformToString()
    },

    /** The files that hold bytes: an upload that was refused leaves none. */
    async storedFiles() {
      return (await readdir(join(world.root, 'store', 'objects'))).toSorted()
    },

    /** Sends a request as it is written, without what fetch would put right. */
    async send(method: string, path: string, headers: Record<string, string> = {}, body?: Buffer) {
      const request = httpRequest({ host: '127.0.0.1', port: world.store.port, method, path, headers })
      request.end(body)
      const [response] = (await once(request, 'response')) as [IncomingMessage]
      return outcome(response.statusCode!, await text(response))
    },

    async restart() {
      await world.store.close()
      await start()
    },
  }

  async function start() {
    world.store = await startObjectStore({
      directory: join(world.root, 'store'),
      credentials,
      publicBuckets,
      allowedOrigins: [appOrigin],
      now: () => Date.now() + world.skewMs,
    })
    world.s3 = clientOf(world.store.endpoint)
  }

  beforeAll(async () => {
    world.root = await mkdtemp(join(tmpdir(), 'object-store-'))
    await start()
    await world.s3.send(new CreateBucketCommand({ Bucket: 'documents' }))
  })

  afterAll(async () => {
    world.s3.destroy()
    await world.store.close()
    await rm(world.root, { recursive: true })
  })

  return world
}

export function clientOf(endpoint: string, options: S3ClientConfig = {}) {
  return new S3Client({
    endpoint,
    region: 'us-east-1',
    credentials,
    forcePathStyle: true,
    maxAttempts: 1,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    ...options,
  })
}

export function sha256(body: string | Buffer) {
  return createHash('sha256').update(body).digest('base64')
}

/** Status and code of an answer: `403 AccessDenied`, or `200` alone. */
function outcome(status: number, body: string) {
  return `${status} ${/<Code>(\w+)<\/Code>/.exec(body)?.[1] ?? ''}`.trim()
}

export async function fetchOutcome(url: string, init?: RequestInit) {
  const response = await fetch(url, init)
  return outcome(response.status, await response.text())
}

/** The code with which an operation of the SDK was refused. A HEAD has only the status. */
export async function refusal(operation: Promise<unknown>): Promise<string> {
  try {
    await operation
    return 'no refusal'
  } catch (error) {
    const { Code, name } = error as { Code?: string; name: string }
    return Code ?? name
  }
}
