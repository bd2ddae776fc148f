import { z } from 'zod'
import { sweepUploads } from '../resolvers/upload/sweep.ts'
import { defineTask } from './task.ts'

/** What was uploaded and never taken over. */
export const uploadSweep = defineTask({
  name: 'upload.sweep',
  schema: z.object({}),
  cron: '17 3 * * *',
  // Where the gateway runs by day only, the night's sweep comes with the morning.
  catchUpMs: 86_400_000,
  run: (services) => sweepUploads(services),
})
