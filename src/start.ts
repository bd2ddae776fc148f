import { setTimeout as sleep } from 'node:timers/promises'
import { startChainWatcher } from './chain/index.ts'
import { createCleanup } from './cleanup.ts'
import type { Config } from './config.ts'
import { assertCapacity, assertReplicaCapacity } from './db/capacity.ts'
import type { OnQuery } from './db/client.ts'
import { assertMigrated, migrate } from './db/migrate.ts'
import { findOwnerUrl } from './db/owner.ts'
import { type Runtime, startRuntime } from './embedded/index.ts'
import { startJobs } from './jobs/index.ts'
import type { Logger } from './logger.ts'
import { readChain } from './metrics/chain.ts'
import { createMetrics } from './metrics/index.ts'
import type { Family } from './metrics/merge.ts'
import { seedExchangeRates } from './resolvers/rate/seed.ts'
import type { DemoPerson } from './server/graphiql.ts'
import { startServer } from './server/index.ts'
import { listen } from './server/listener.ts'
import { listenForMetrics } from './server/metrics-listener.ts'
import { createServices } from './services.ts'
import { ensureBuckets } from './storage/apply.ts'
import { namingDatabase } from './unreachable.ts'
import type { Supervisor } from './worker.ts'

/** For whatever must end after the requests, beyond the time that they have. */
const phaseMs = 10_000

type Options = {
  config: Config
  logger: Logger
  demoPeople?: readonly DemoPerson[]
  onQuery?: OnQuery
  /** Of one of several workers: it tells the numbers of all. */
  supervisor?: Supervisor | null
}
export type Gateway = Awaited<ReturnType<typeof startGateway>>

/**
 * A gateway, whole: the port first (its number is part of the public address), then the parts that the environment does
 * not name, the database at this version, and the services. Ended in the reverse order, each step within its time.
 */
export async function startGateway({ config, logger, demoPeople, onQuery, supervisor = null }: Options) {
  const cleanup = createCleanup()
  const atEnd = (name: string, end: () => PromiseLike<unknown>, timeoutMs = phaseMs) =>
    cleanup.add(() => within(timeoutMs, name, end, logger))
  try {
    const metrics = createMetrics()
    const { port: metricsPort, token: metricsToken } = config.metrics
    if (metricsPort !== null || metricsToken !== null) metrics.addProcess()
    supervisor?.offerMetrics(() => metrics.registry.getMetricsAsJSON() as Promise<Family[]>)
    const readMetrics = supervisor?.readMetrics ?? (() => metrics.registry.metrics())

    const listener = await listen({ host: config.server.host, port: config.server.port, metrics, logger })
    atEnd('the port', () => listener.stop(0))
    const metricsListener = supervisor ? null : await listenForMetrics({ config, logger, read: readMetrics })
    if (metricsListener) atEnd('the port of the metrics', () => metricsListener.stop(0))
    const publicUrl = config.server.publicUrl ?? listener.url
    const origins = [...(config.server.publicUrl ? [publicUrl] : listener.origins), ...config.server.trustedOrigins]

    const runtime = await startRuntime({ config, logger, publicUrl, origins })
    atEnd('the embedded parts', () => runtime[Symbol.asyncDispose](), phaseMs * 2)
    const ownerUrl = await namingDatabase(config, () => prepareDatabase(runtime, config, logger))

    const services = createServices({ config, runtime, logger, metrics, ...(onQuery && { onQuery }) })
    atEnd('the services', () => services[Symbol.asyncDispose]())
    await services.tails.start()
    await ensureBuckets(services.storage, { allowedOrigins: origins, logger })
    await seedExchangeRates(services)
    if (ownerUrl) {
      const jobs = await startJobs(services, { ownerUrl })
      atEnd('the jobs', () => jobs.stop())
    } else logger.warn('jobs do not run in this process: they need DATABASE_OWNER_URL')

    const { chain } = config
    const watcher = chain && startChainWatcher(services, { settings: chain, databaseUrl: runtime.database.url })
    if (watcher) {
      readChain(metrics, watcher)
      atEnd('the watcher of the chain', () => watcher.stop())
    }

    const server = await startServer(services, { listener, readMetrics, ...(demoPeople && { demoPeople }) })
    const requestsMs = config.server.shutdownSeconds * 1000
    atEnd('the requests', () => server.close(requestsMs), requestsMs + phaseMs)
    return { url: publicUrl, metricsUrl: metricsListener?.url ?? null, services, watcher, close: () => cleanup.run() }
  } catch (error) {
    await cleanup.run()
    throw error
  }
}

/** The database at this version, with room for this process. Resolves to what its owner signs in with, where that is known. */
async function prepareDatabase(runtime: Runtime, config: Config, logger: Logger) {
  const { url } = runtime.database
  const ownerUrl = await findOwnerUrl(runtime.database)
  if (ownerUrl === url)
    logger.warn('DATABASE_URL signs in as the owner: the gateway should have a role that owns nothing')
  await assertCapacity({
    url,
    poolMax: config.pool.max,
    workers: config.workers,
    jobs: ownerUrl !== null,
    chain: config.chain !== null,
  })
  const replicaUrl = config.database?.replicaUrl
  if (replicaUrl)
    await assertReplicaCapacity({ url: replicaUrl, poolMax: config.pool.max, workers: config.workers }, logger)
  if (ownerUrl) await migrate({ ownerUrl, gatewayUrl: url })
  else await assertMigrated({ url })
  return ownerUrl
}

/** A part that does not end in time is left behind: what comes after it must end too. */
async function within(timeoutMs: number, name: string, end: () => PromiseLike<unknown>, logger: Logger) {
  const ended = Promise.resolve(end()).then(
    () => true,
    (error: unknown) => {
      logger.error({ err: error }, `${name} did not end cleanly`)
      return true
    },
  )
  const inTime = await Promise.race([ended, sleep(timeoutMs, false, { ref: false })])
  if (!inTime) logger.error(`${name} did not end within ${timeoutMs / 1000} s`)
}
