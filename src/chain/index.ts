import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from '../config.ts'
import type { Services } from '../services.ts'
import { createLease, type Lease } from './lease.ts'
import { createNode, NodeError } from './node.ts'
import { createBlockStore } from './store.ts'
import { createSync } from './sync.ts'

const standbyMs = 250
const shortestBackoffMs = 500
const longestBackoffMs = 15_000

type Settings = NonNullable<Config['chain']>
type Options = { settings: Settings; databaseUrl: string }

export type ChainState = {
  chainId: number | null
  /** `standby`: another process is at work. */
  role: 'starting' | 'standby' | 'watching'
  /** The height that the node said last. */
  head: bigint | null
  /** Why the last step failed; null when it did not. */
  failure: string | null
}

/**
 * Records the transfers of the configured tokens from a chain, as long as it runs. Nothing that goes wrong ends it: it
 * waits, longer each time, and goes on from what is stored.
 */
export function startChainWatcher(services: Services, { settings, databaseUrl }: Options) {
  const { logger, db, tails, doorbell } = services
  const stopping = new AbortController()
  const { signal } = stopping
  const { rpcUrl, tokens, timeoutMs, pollMs, ...reading } = settings
  const node = createNode({ url: rpcUrl, tokens, timeoutMs, signal })
  const state: ChainState = { chainId: null, role: 'starting', head: null, failure: null }
  const pause = (ms: number) => sleep(ms, undefined, { signal }).catch(() => {})

  /** Until it has gone well, or the watcher is told to stop. */
  async function insist<T>(work: () => Promise<T>): Promise<T | undefined> {
    for (let failures = 1; !signal.aborted; failures++) {
      try {
        const done = await work()
        if (state.failure !== null) logger.info({ chainId: state.chainId }, 'the chain is being followed again')
        state.failure = null
        return done
      } catch (error) {
        if (signal.aborted) break
        state.failure = error instanceof Error ? error.message : String(error)
        // Of a node all is said by the message; its error would tell the address.
        const facts = error instanceof NodeError ? { reason: error.message } : { err: error }
        logger.warn({ ...facts, chainId: state.chainId, failures }, 'the chain could not be followed')
        const backoffMs = Math.min(shortestBackoffMs * 2 ** (failures - 1), longestBackoffMs)
        await pause(backoffMs * (0.75 + Math.random() / 2))
      }
    }
    return undefined
  }

  async function watch(chainId: number, lease: Lease) {
    const store = createBlockStore({ writer: { services: { db, tails, doorbell, logger } }, chainId })
    const sync = createSync({ node, store, chainId, ...reading, logger })
    while (!signal.aborted) {
      state.role = lease.isHeld() ? 'watching' : 'standby'
      if (state.role === 'standby') {
        await pause(standbyMs)
        continue
      }
      const more = await insist(() => (lease.isHeld() ? sync.step() : Promise.resolve(true)))
      state.head = sync.head
      if (!more) await pause(pollMs)
    }
  }

  async function run() {
    const chainId = await insist(() => node.chainId())
    if (chainId === undefined) return
    state.chainId = chainId
    const lease = createLease({ databaseUrl, chainId, logger })
    try {
      await watch(chainId, lease)
    } finally {
      await lease.release()
    }
  }
  const ended = run().catch((error: unknown) => logger.error({ err: error }, 'the watcher of the chain ended'))

  return {
    state: (): Readonly<ChainState> => ({ ...state }),
    async stop() {
      stopping.abort()
      await ended
    },
  }
}
