import { setTimeout as sleep } from 'node:timers/promises'
import { type Runner, run } from 'graphile-worker'
import { jobConnections } from '../db/capacity.ts'
import { createPool } from '../db/client.ts'
import type { Services } from '../services.ts'
import { crontab } from './crontab.ts'
import { eventTrim } from './event.ts'
import { kycExpire } from './kyc.ts'
import { createJobLogger } from './logger.ts'
import { mailResume, mailSend } from './mail.ts'
import { objectDelete, objectRetry } from './object.ts'
import { ratesEnd, ratesRefresh } from './rate.ts'
import { storageReconcile } from './storage.ts'
import type { Task } from './task.ts'
import { tokenGuard } from './token.ts'
import { uploadSweep } from './upload.ts'

const tasks: readonly Task[] = [
  eventTrim,
  kycExpire,
  mailResume,
  mailSend,
  objectDelete,
  objectRetry,
  ratesEnd,
  ratesRefresh,
  storageReconcile,
  tokenGuard,
  uploadSweep,
]

/** Beside the workers: one connection that listens, one for the crontab. */
const concurrency = jobConnections - 2
const restartMs = 2_000
/** Each of the workers looks every two seconds. */
const maxBlindLooks = 3 * concurrency

export type Jobs = { stop(): Promise<void> }

/**
 * Runs the jobs of the database in this process, as its owner. A worker that has lost the database for good is replaced.
 * `stop` waits for what runs; it is called before the services end.
 */
export async function startJobs(services: Services, { ownerUrl }: { ownerUrl: string }): Promise<Jobs> {
  const { config, logger, metrics } = services
  const pool = createPool({ url: ownerUrl, limits: config.pool, name: 'jobs', max: jobConnections, metrics, logger })
  const stopping = new AbortController()
  for (const { name } of tasks) for (const outcome of ['done', 'failed']) metrics.jobs.begin(name, outcome)

  const begin = async () => {
    const begun = await run({
      pgPool: pool,
      concurrency,
      // Signals are the process's own to handle.
      noHandleSignals: true,
      taskList: Object.fromEntries(tasks.map((task) => [task.name, (payload) => task.run(services, payload)])),
      parsedCronItems: crontab(tasks),
      logger: createJobLogger(logger),
      // As batches, be it of one, completions are waited for at the end, and one that fails does not end the process.
      preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
    })
    endWhenBlind(begun)
    begun.events.on('job:success', ({ job }) => metrics.jobs.add(job.task_identifier, 'done'))
    begun.events.on('job:error', ({ job }) => metrics.jobs.add(job.task_identifier, 'failed'))
    return begun
  }

  let runner: Runner
  try {
    runner = await begin()
  } catch (error) {
    await pool.end()
    throw error
  }

  const endQuietly = () => runner.stop().catch(() => {})

  async function keepRunning() {
    for (;;) {
      await runner.promise.catch((error: unknown) => logger.error({ err: error }, 'the job worker ended'))
      await sleep(restartMs, null, { signal: stopping.signal }).catch(() => {})
      if (stopping.signal.aborted) return
      try {
        runner = await begin()
      } catch (error) {
        logger.error({ err: error }, 'the job worker could not begin again')
      }
      // It may have been told to stop while it began.
      if (stopping.signal.aborted) await endQuietly()
    }
  }
  const ended = keepRunning()

  async function end() {
    stopping.abort()
    await endQuietly()
    await ended
    await pool.end()
  }

  let stopped: Promise<void> | undefined
  return {
    stop() {
      stopped ??= end()
      return stopped
    },
  }
}

/** A worker whose first look at its tasks failed keeps that failure for ever: after a few in a row it is replaced. */
function endWhenBlind(runner: Runner) {
  let failures = 0
  const see = () => {
    failures = 0
  }
  runner.events.on('worker:getJob:empty', see)
  runner.events.on('job:start', see)
  runner.events.on('worker:getJob:error', () => {
    failures += 1
    if (failures === maxBlindLooks) runner.stop().catch(() => {})
  })
}
