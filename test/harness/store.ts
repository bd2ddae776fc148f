import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ListObjectVersionsCommand } from '@aws-sdk/client-s3'
import { inject } from 'vitest'
import { startObjectStore } from '../../src/embedded/object-store/index.ts'
import type { Bucket } from '../../src/storage/buckets.ts'
import type { Storage, StorageServer } from '../../src/storage/index.ts'
import { startCeph } from '../services/ceph.ts'

export type TestStore = StorageServer & { stop(): Promise<void> }

/** A store of a test file's own, of the kind that the suite runs on: whatever lies there is its own. */
export async function startStore(): Promise<TestStore> {
  if (inject('stack').name === 'services') {
    const ceph = await startCeph()
    return { ...ceph, publicEndpoint: ceph.endpoint }
  }
  // The store keeps its key beside its directory.
  const root = await mkdtemp(join(tmpdir(), 'gatehouse-store-'))
  const credentials = { accessKeyId: 'tests', secretAccessKey: randomUUID() }
  const { endpoint, close } = await startObjectStore({ directory: join(root, 'objects'), credentials })
  const stop = async () => {
    await close()
    await rm(root, { recursive: true })
  }
  return { endpoint, publicEndpoint: endpoint, region: 'us-east-1', ...credentials, stop }
}

/** What a gateway needs to know to use it. */
export const storeEnvironment = (store: StorageServer) => ({
  S3_ENDPOINT: store.endpoint,
  S3_REGION: store.region,
  S3_ACCESS_KEY_ID: store.accessKeyId,
  S3_SECRET_ACCESS_KEY: store.secretAccessKey,
})

/** Every version and delete marker under a prefix, by key. */
export async function versionsUnder(storage: Storage, bucket: Bucket, prefix: string): Promise<string[]> {
  const page = await storage.client.send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix }))
  return [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].map(({ Key }) => Key ?? '').toSorted()
}
