import { S3Client } from '@aws-sdk/client-s3'
import type { Config } from '../config.ts'
import { createTurns } from '../turns.ts'

export type StorageServer = {
  readonly endpoint: string
  /** The address that clients use: presigned URLs are made for it. */
  readonly publicEndpoint: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Before the name of every bucket. */
  readonly bucketPrefix?: string
}
export type Storage = ReturnType<typeof createStorage>
type Options = { server: StorageServer; settings: Config['storage']; timeoutMs?: number }

/** Each holds a whole document in memory. */
const maxDocumentsInMemory = 4
const turnWaitMs = 10_000
const connectionTimeoutMs = 2_000

/** `timeoutMs` is for one operation with its retries, a body of 10 MiB included. */
export function createStorage({ server, settings, timeoutMs = 20_000 }: Options) {
  const clientFor = (endpoint: string) =>
    new S3Client({
      endpoint,
      region: server.region,
      credentials: { accessKeyId: server.accessKeyId, secretAccessKey: server.secretAccessKey },
      forcePathStyle: true,
      requestHandler: { connectionTimeout: connectionTimeoutMs },
      // Else every presigned PUT carries the checksum of an empty body.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    })
  const client = clientFor(server.endpoint)
  const publicClient = clientFor(server.publicEndpoint)
  return {
    settings,
    endpoint: server.endpoint,
    region: server.region,
    publicEndpoint: server.publicEndpoint.replace(/\/+$/, ''),
    bucketPrefix: server.bucketPrefix ?? '',
    timeoutMs,
    client,
    /** Signs for the address that clients use; never sends anything. */
    publicClient,
    /** Whoever reads a whole object into memory takes a turn first. */
    turns: createTurns({
      max: maxDocumentsInMemory,
      waitMs: turnWaitMs,
      refusal: 'Too many documents are being checked: try again.',
    }),
    close() {
      client.destroy()
      publicClient.destroy()
    },
  }
}
