import { z } from 'zod'
import { trimStream } from '../log/retention.ts'
import { defineTask } from './task.ts'

/** What machines wrote and nobody replays any more. Whoever comes with a cursor from before reads the state again. */
export const eventTrim = defineTask({
  name: 'event.trim',
  schema: z.object({}),
  cron: '37 3 * * *',
  // Where the gateway runs by day only, the night's cut comes with the morning.
  catchUpMs: 86_400_000,
  async run({ config, pool, logger }) {
    for (const stream of ['rates', 'transfers'] as const) {
      const days = config.eventRetentionDays[stream]
      const cut = days === 0 ? 0 : await trimStream(pool, stream, days)
      if (cut > 0) logger.info({ stream, cut, days }, 'old events were cut')
    }
  },
})
