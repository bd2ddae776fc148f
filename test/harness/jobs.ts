import { vi } from 'vitest'
import type { TestDatabase } from './database.ts'
import { connectForTest } from './log.ts'

/** Resolves when every job of this task has run, or the one with this key. */
export async function jobsDone({ ownerUrl }: Pick<TestDatabase, 'ownerUrl'>, task = 'object.delete', key?: string) {
  const client = await connectForTest(ownerUrl)
  await vi.waitFor(
    async () => {
      const { rows } = await client.query(
        'select id, attempts, last_error from graphile_worker.jobs where task_identifier = $1 and ($2::text is null or key = $2)',
        [task, key ?? null],
      )
      if (rows.length > 0) throw new Error(`${rows.length} jobs are left: ${JSON.stringify(rows)}`)
    },
    { timeout: 15_000, interval: 20 },
  )
}
