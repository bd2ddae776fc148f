import { S3Client } from '@aws-sdk/client-s3'
import type { Config } from '../config.ts'

export type StorageServer = {
  readonly endpoint: string
  /** The address that clients use: presigned URLs are made for it. */
  readonly publicEndpoint: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}
export type Storage = ReturnType<typeof createStorage>
type Options = { server: StorageServer; settings: Config['storage'] }

export function createStorage({ server, settings }: Options) {
  const clientFor = (endpoint: string) =>
    new S3Client({
      endpoint,
      region: server.region,
      credentials: { accessKeyId: server.accessKeyId, secretAccessKey: server.secretAccessKey },
      forcePathStyle: true,
      // Else every presigned PUT carries the checksum of an empty body.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    })
  const client = clientFor(server.endpoint)
  const publicClient = clientFor(server.publicEndpoint)
  return {
    settings,
    client,
    /** Signs for the address that clients use; never sends anything. */
    publicClient,
    close() {
      client.destroy()
      publicClient.destroy()
    },
  }
}
