import cluster, { type Worker } from 'node:cluster'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from './config.ts'
import type { Logger } from './logger.ts'
import { type Family, mergeFamilies } from './metrics/merge.ts'
import { listenForMetrics } from './server/metrics-listener.ts'
import type { FromWorker, ToWorker } from './worker.ts'

const shortestPauseMs = 500
const longestPauseMs = 30_000
/** Whoever has worked for this long did not end because of how it began. */
const soundMs = 60_000
const answerMs = 2_000
/** What each worker has for its end beyond the time of the requests. */
const endMs = 30_000

type Slot = { number: number; worker: Worker | null; failures: number }
/** `error`: why there was no process. */
type End = { code: number | null; signal: string | null; error?: string | undefined }
/** `ready`: true when it serves, false when it ended before. */
type Life = { startedAt: number; ready: Promise<boolean>; ended: Promise<End> }
type Options = { config: Config; logger: Logger }

/**
 * WORKERS processes behind one port, each a whole gateway. One that dies is replaced; the first one shows whether a gateway
 * can start here at all. Resolves to the exit code when all have ended.
 */
export async function superviseWorkers({ config, logger }: Options): Promise<number> {
  const slots = Array.from(
    { length: config.workers },
    (_, index): Slot => ({ number: index + 1, worker: null, failures: 0 }),
  )
  const stopping = new AbortController()
  const codes: (number | null)[] = []
  const asked = new Map<number, (families: Family[]) => void>()
  let lastQuestion = 0
  let url = ''
  cluster.setupPrimary({ serialization: 'advanced' })

  /** What all of them count, each under its own label. */
  async function readMetrics() {
    const found = await Promise.all(
      slots.map(async ({ number, worker }) => [String(number), await ask(worker)] as const),
    )
    return mergeFamilies(found)
  }

  function ask(worker: Worker | null): Promise<Family[]> {
    if (!worker?.isConnected()) return Promise.resolve([])
    const id = ++lastQuestion
    const answered = new Promise<Family[]>((resolve) => asked.set(id, resolve))
    tell(worker, { ask: 'metrics', id })
    return Promise.race([answered, sleep(answerMs, [], { ref: false })]).finally(() => asked.delete(id))
  }

  function tell(worker: Worker, message: ToWorker) {
    // It may have ended in this moment: its end is told elsewhere.
    if (worker.isConnected()) worker.send(message, () => {})
  }

  async function hear(worker: Worker, message: FromWorker) {
    if ('metrics' in message) asked.get(message.id)?.(message.metrics)
    else if ('ask' in message) tell(worker, { text: await readMetrics(), id: message.id })
    else if ('ready' in message) url = message.ready
  }

  function begin(slot: Slot): Life {
    const startedAt = performance.now()
    const worker = fork()
    if (worker instanceof Error) {
      return { startedAt, ready: Promise.resolve(false), ended: Promise.resolve(notStarted(worker)) }
    }
    slot.worker = worker
    const ended = new Promise<End>((resolve) => {
      const end = (how: End) => {
        slot.worker = null
        resolve(how)
      }
      worker.once('exit', (code, signal) => end({ code, signal }))
      worker.on('error', (error) => {
        if (worker.process.pid === undefined) end(notStarted(error))
        else logger.warn({ err: error, worker: slot.number }, 'a worker was not reached')
      })
    })
    const ready = new Promise<boolean>((resolve) => {
      worker.on('message', (message: FromWorker) => {
        void hear(worker, message)
        if ('ready' in message) resolve(true)
      })
      void ended.then(() => resolve(false))
    })
    return { startedAt, ready, ended }
  }

  /** Until all end. */
  async function keep(slot: Slot, first: Life) {
    for (let life = first; ; ) {
      const { code, signal, error } = await life.ended
      if (stopping.signal.aborted) return void codes.push(code)
      slot.failures = performance.now() - life.startedAt > soundMs ? 1 : slot.failures + 1
      const pauseMs = Math.min(shortestPauseMs * 2 ** (slot.failures - 1), longestPauseMs)
      logger.error({ worker: slot.number, code, signal, error, pauseMs }, 'a worker ended: another takes its place')
      await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => {})
      if (stopping.signal.aborted) return
      life = begin(slot)
      void life.ready.then((isBack) => isBack && logger.info({ worker: slot.number }, 'a worker is back'))
    }
  }

  const stop = (signal: NodeJS.Signals) => {
    if (stopping.signal.aborted) {
      for (const { worker } of slots) worker?.process.kill('SIGKILL')
      process.exit(1)
    }
    logger.info({ signal }, 'stopping')
    stopping.abort()
    for (const { worker } of slots) if (worker) tell(worker, { stop: signal })
    const tooLate = () => {
      for (const { worker, number } of slots) {
        if (!worker) continue
        logger.error({ worker: number }, 'a worker did not end in time')
        worker.process.kill('SIGKILL')
      }
    }
    setTimeout(tooLate, config.server.shutdownSeconds * 1000 + endMs).unref()
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)

  const metricsListener = await listenForMetrics({ config, logger, read: readMetrics })
  try {
    const [first, ...others] = slots
    const firstLife = begin(first!)
    if (!(await firstLife.ready)) {
      const { code, error } = await firstLife.ended
      // Any other has said why.
      if (error) logger.error({ error }, 'no worker could be started')
      return stopping.signal.aborted ? 0 : (code ?? 1)
    }
    const kept = [keep(first!, firstLife)]
    const ready = (stopping.signal.aborted ? [] : others).map((slot) => {
      const life = begin(slot)
      kept.push(keep(slot, life))
      return life.ready
    })
    await Promise.all(ready)
    if (!stopping.signal.aborted) console.log(`Gatehouse is ready at ${url}`)
    await Promise.all(kept)
    logger.info('stopped')
    return codes.every((code) => code === 0) ? 0 : 1
  } finally {
    await metricsListener?.stop(0)
  }
}

/** A machine may have no memory or no process left for it: Node throws, or says so later. */
function fork(): Worker | Error {
  try {
    return cluster.fork()
  } catch (error) {
    return error as Error
  }
}

const notStarted = (error: NodeJS.ErrnoException): End => ({ code: null, signal: null, error: error.code })
