import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { Logger } from '../logger.ts'

const lookEveryMs = 1_000
/** A holder that has not heard from PostgreSQL for this long does not count on holding it. */
const trustedForMs = 4_000
/** A connection that is dead at the other end does not end by itself. */
const endMs = 1_000
const lockClass = 723554

type Options = { databaseUrl: string; chainId: number; logger: Logger }
export type Lease = ReturnType<typeof createLease>

/**
 * One process at work among many: a lock of PostgreSQL that lives as long as its connection. The server ends the
 * connection of a holder that died or fell silent, within seconds, and the next one has it.
 */
export function createLease({ databaseUrl, chainId, logger }: Options) {
  const stopping = new AbortController()
  let heldAt = Number.NEGATIVE_INFINITY

  async function connect() {
    const client = new pg.Client({
      connectionString: databaseUrl,
      application_name: 'gatehouse chain',
      connectionTimeoutMillis: 5_000,
      query_timeout: 3_000,
      keepAlive: true,
    })
    // The error itself comes with the statement that it breaks.
    client.on('error', () => {})
    await client.connect()
    // Not as options of the connection: poolers refuse those. A machine that vanished, a process that is frozen.
    await client.query(`set tcp_keepalives_idle = 3; set tcp_keepalives_interval = 2; set tcp_keepalives_count = 2;
      set idle_session_timeout = '8s'`)
    return client
  }

  async function hold(client: pg.Client) {
    let held = false
    while (!stopping.signal.aborted) {
      const asked = performance.now()
      const { rows }: pg.QueryResult<{ held: boolean }> = await client.query(
        held ? 'select true as held' : `select pg_try_advisory_lock(${lockClass}, hashtext('${chainId}')) as held`,
      )
      held = rows[0]!.held
      if (held) heldAt = asked
      await sleep(lookEveryMs, undefined, { signal: stopping.signal }).catch(() => {})
    }
  }

  async function keep() {
    while (!stopping.signal.aborted) {
      let client: pg.Client | undefined
      try {
        client = await connect()
        await hold(client)
      } catch (error) {
        logger.warn({ err: error, chainId }, 'the lease of the chain was lost')
        await sleep(lookEveryMs, undefined, { signal: stopping.signal }).catch(() => {})
      } finally {
        heldAt = Number.NEGATIVE_INFINITY
        if (client) await Promise.race([client.end().catch(() => {}), sleep(endMs, undefined, { ref: false })])
      }
    }
  }
  const ended = keep()

  return {
    isHeld: () => performance.now() - heldAt < trustedForMs,
    async release() {
      stopping.abort()
      await ended
    },
  }
}
