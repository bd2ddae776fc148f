import { parseCronItems } from 'graphile-worker'
import type { Task } from './task.ts'

/** One run however many processes there are, and no second one in line when the first takes long. */
export const crontab = (tasks: readonly Task[]) =>
  parseCronItems(
    tasks.flatMap(({ name, cron, catchUpMs = 0 }) =>
      cron ? [{ task: name, match: cron, options: { backfillPeriod: catchUpMs, jobKey: name } }] : [],
    ),
  )
