import { z } from 'zod'
import { reconcileStorage } from '../resolvers/reconcile/reconcile.ts'
import { defineTask } from './task.ts'

/** What an interrupted change leaves is a few objects. More than this is another database's store, or this one's backup. */
const maxDeletions = 100

/** The store and the database say the same. */
export const storageReconcile = defineTask({
  name: 'storage.reconcile',
  schema: z.object({}),
  cron: '43 3 * * *',
  catchUpMs: 86_400_000,
  async run(services) {
    const { logger } = services
    const report = await reconcileStorage(services, {
      repair: true,
      digests: false,
      maxDeletions,
      onFinding: ({ outcome, ...finding }) => {
        const level = outcome === 'left' || outcome === 'marked' ? 'error' : 'warn'
        logger[level]({ ...finding, outcome }, 'the object store and the database differ')
      },
    })
    if (report) logger.info(report, 'the object store was compared with the database')
  },
})
