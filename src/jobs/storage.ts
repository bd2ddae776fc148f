import { z } from 'zod'
import { reconcileStorage } from '../resolvers/reconcile/reconcile.ts'
import { maxLeftovers } from '../resolvers/reconcile/run.ts'
import { defineTask } from './task.ts'

/** Rows come first. How many more there were of what, the report says. */
const maxLines = 200

/** The store and the database say the same. */
export const storageReconcile = defineTask({
  name: 'storage.reconcile',
  schema: z.object({}),
  cron: '43 3 * * *',
  catchUpMs: 86_400_000,
  async run(services) {
    const { logger } = services
    let lines = 0
    const report = await reconcileStorage(services, {
      repair: true,
      digests: false,
      maxDeletions: maxLeftovers,
      onFinding: ({ outcome, ...finding }) => {
        lines += 1
        if (lines > maxLines) return
        const level = outcome === 'left' || outcome === 'marked' ? 'error' : 'warn'
        logger[level]({ ...finding, outcome }, 'the object store and the database differ')
      },
    })
    if (report) logger.info(report, 'the object store was compared with the database')
  },
})
