import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { S3Error } from './errors.ts'
import { openFiles } from './files.ts'
import { openJournal } from './journal.ts'
import { openMasterKey } from './master-key.ts'
import { applyChange, type Bucket, type Change, changesTo, type State, type Version } from './state.ts'

export type Store = Awaited<ReturnType<typeof openStore>> & {
  region: string
  now: () => number
  publicBuckets: ReadonlySet<string>
}

/** Opens what the directory holds: the journal gives the state, and bytes that no version names are swept. */
export async function openStore(directory: string) {
  const root = resolve(directory)
  await mkdir(root, { recursive: true, mode: 0o700 })
  const files = await openFiles(join(root, 'objects'), await openMasterKey(root))
  const journal = await openJournal(join(root, 'journal'))
  const state: State = new Map()
  for (const changes of journal.batches) for (const change of changes) applyChange(state, change)
  const needed = [...changesTo(state)]
  if (journal.batches.length > 2 * needed.length) await journal.rewrite(needed)
  await files.removeAllBut(new Set([...versionsIn(state)].map((version) => version.bytesId)))

  let lastCommit: Promise<unknown> = Promise.resolve()

  return {
    files,
    buckets: state as ReadonlyMap<string, Bucket>,

    /** Decides, writes and applies changes, one commit after the other: what was decided on is still so when written. */
    commit<T>(decide: () => { changes: Change[]; result: T }): Promise<T> {
      const commit = lastCommit.then(async () => {
        const { changes, result } = decide()
        if (changes.length > 0) await journal.append(changes)
        return { gone: changes.flatMap((change) => applyChange(state, change)), result }
      })
      lastCommit = commit.catch(() => undefined)
      return commit.then(async ({ gone, result }) => {
        // Bytes that cannot be removed now are swept at the next start.
        await Promise.allSettled(gone.filter((version) => version.bytesId).map(({ bytesId }) => files.remove(bytesId)))
        return result
      })
    },

    async close() {
      await lastCommit
      await journal.close()
    },
  }
}

function* versionsIn(state: State): Generator<Version> {
  for (const bucket of state.values()) for (const versions of bucket.objects.values()) yield* versions
}

export function findBucket(store: Store, name: string | undefined): Bucket {
  const bucket = name === undefined ? undefined : store.buckets.get(name)
  if (!bucket) throw new S3Error('NoSuchBucket')
  return bucket
}

type Reading = { version: Version; range?: { start: number; end: number } | undefined }

/** Opens the bytes of a version. When it was replaced and its bytes removed meanwhile, looks once more. */
export async function openBytes<T extends Reading>(store: Store, find: () => T) {
  for (;;) {
    const found = find()
    const { version, range } = found
    try {
      return { ...found, body: await store.files.read(version.bytesId, version.size, range?.start, range?.end) }
    } catch (error) {
      if (find().version === version) throw error
    }
  }
}
