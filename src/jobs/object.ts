import { z } from 'zod'
import { deleteGivenUpObject, eraseForgottenObjects } from '../resolvers/document/erase.ts'
import { buckets } from '../storage/buckets.ts'
import { defineTask } from './task.ts'

/** An object that a committed change gave up. */
export const objectDelete = defineTask({
  name: 'object.delete',
  schema: z.object({ bucket: z.enum(buckets), key: z.string().min(1) }),
  run: deleteGivenUpObject,
})

/** Deletions that ran out of tries begin again. */
export const objectRetry = defineTask({
  name: 'object.retry',
  schema: z.object({}),
  cron: '42 * * * *',
  run: eraseForgottenObjects,
})
