import { Logger as JobLogger } from 'graphile-worker'
import type { Logger } from '../logger.ts'

/** What the worker says, in our log. That each job was found and completed is for whoever debugs. */
export const createJobLogger = (logger: Logger) =>
  new JobLogger(() => (level, message, meta) => {
    const severity = level === 'error' ? 'error' : level === 'warning' ? 'warn' : 'debug'
    logger[severity]({ ...(meta?.error instanceof Error && { err: meta.error }) }, message)
  })
