import type { TestDatabase } from './database.ts'
import { connectForTest, eventually } from './log.ts'

/** Resolves when every job of this task has run, or the one with this key. */
export async function jobsDone({ ownerUrl }: Pick<TestDatabase, 'ownerUrl'>, task = 'object.delete', key?: string) {
  const client = await connectForTest(ownerUrl)
  const left = async () => {
    const { rows } = await client.query(
      'select id, attempts, last_error from graphile_worker.jobs where task_identifier = $1 and ($2::text is null or key = $2)',
      [task, key ?? null],
    )
    return rows
  }
  await eventually(left).toEqual([])
}
