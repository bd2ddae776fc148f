import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { loggable } from '../db/loggable.ts'
import { type Stream, streams } from '../db/schema/event.ts'
import type { Logger } from '../logger.ts'
import type { Cursor } from './cursor.ts'
import type { Tails } from './tails.ts'

const lookEveryMs = 1_000
/** After an event, and as long as the replica does not have it. */
const lookSoonMs = 100
/** What was seen longer ago than this may be of another server by now. */
const trustedForMs = 2_000

/** `unlike`: no replica of the database that the tails follow. */
export type StandbyState = 'reached' | 'behind' | 'unlike' | 'lost'
type Known = { at: number; epochs: Record<Stream, number>; positions: Record<Stream, number> }
type Row = { recovers: boolean; system: string; stream: Stream; position: number; holds: boolean }

/** The replica's last event of each stream, and whether it holds the events that this process has applied last. */
const statement = `
  select pg_is_in_recovery() as recovers, (select system_identifier::text from pg_control_system()) as system,
    s.stream, coalesce(e.position, 0)::float8 as position,
    s.position = 0 or exists (
      select from events h where h.stream = s.stream and h.position = s.position and h.hash = decode(s.hash, 'hex')
    ) as holds
  from unnest($1::text[], $2::bigint[], $3::text[]) s(stream, position, hash)
  left join lateral (select position from events where events.stream = s.stream order by position desc limit 1) e on true`

/**
 * How far a replica is, looked at once a second and soon after each event. It is good for a read that begins when its own
 * log has reached the places that this process has applied: whoever has seen something written finds it there, too.
 */
export function createStandby({ pool, tails, logger }: { pool: pg.Pool; tails: Tails; logger: Logger }) {
  const stopped = new AbortController()
  const lossListeners: (() => void)[] = []
  let known: Known | null = null
  let trouble: 'unlike' | 'lost' | null = 'lost'
  let told: 'unlike' | 'lost' | 'read' | null = null
  let hurry = () => {}

  tails.onEvent(() => hurry())

  async function look() {
    const at = performance.now()
    const tailOf = Object.fromEntries(streams.map((stream) => [stream, tails.of(stream)]))
    const heads = streams.map((stream) => tailOf[stream]!.head)
    const epochs = recordOf((stream) => tailOf[stream]!.epoch)
    const { generation } = tails
    const { rows } = await pool.query<Row>({
      name: 'standby-places',
      text: statement,
      values: [streams, heads.map(({ position }) => position), heads.map(({ hash }) => hash)],
    })
    const rowOf = new Map(rows.map((row) => [row.stream, row]))
    const positions = recordOf((stream) => rowOf.get(stream)!.position)
    const { recovers, system } = rows[0]!
    const contradicts = streams.some((stream, index) => {
      const { position, holds } = rowOf.get(stream)!
      return position >= heads[index]!.position && !holds
    })
    const isReplica = recovers && generation?.startsWith(`${system}/`) && !contradicts
    // Nothing to compare it with yet.
    if (generation === null) return
    trouble = isReplica ? null : 'unlike'
    known = isReplica ? { at, epochs, positions } : null
    if (isReplica) tell('read', () => logger.info('the replica is read when it is level'))
    else {
      const facts = { isStandby: recovers, isOfThisDatabase: !contradicts && generation.startsWith(`${system}/`) }
      tell('unlike', () => logger.warn(facts, 'DATABASE_REPLICA_URL names no replica of this database: it is not read'))
    }
  }

  function tell(news: typeof told, say: () => void) {
    if (told !== news && !stopped.signal.aborted) say()
    told = news
  }

  function lose(error: unknown) {
    const facts = { err: loggable(error) }
    tell('lost', () => logger.warn(facts, 'the replica does not answer: everything is read from the primary'))
    trouble = 'lost'
    known = null
    for (const listener of lossListeners) listener()
  }

  async function keepLooking() {
    while (!stopped.signal.aborted) {
      await look().catch(lose)
      await pause()
    }
  }

  /** Until it is worth looking again. */
  async function pause() {
    const over = new AbortController()
    const { signal } = over
    const end = () => over.abort()
    stopped.signal.addEventListener('abort', end, { once: true })
    const soon = () => void sleep(lookSoonMs, undefined, { signal }).then(end, () => {})
    hurry = soon
    if (state() === 'behind') soon()
    await sleep(lookEveryMs, undefined, { signal }).catch(() => {})
    hurry = () => {}
    end()
    stopped.signal.removeEventListener('abort', end)
  }

  function state(after: Cursor = {}): StandbyState {
    if (trouble !== null || known === null) return trouble ?? 'lost'
    if (!tails.isFresh() || performance.now() - known.at > trustedForMs) return 'behind'
    for (const stream of streams) {
      const { head, epoch } = tails.of(stream)
      const reached = known.positions[stream]
      if (epoch !== known.epochs[stream] || reached < head.position) return 'behind'
      if (reached < (after[stream]?.position ?? 0)) return 'behind'
    }
    return 'reached'
  }

  const ended = keepLooking()
  return {
    /** For a read that begins now, by somebody who has seen all up to these places. Cheap: asked at each request. */
    state,
    /** Whether a read that has begun there may go on there. */
    isThere: () => trouble === null,
    /** A statement found that it does not answer: it is not asked before it has been looked at again. */
    lose,
    onLoss: (listener: () => void) => void lossListeners.push(listener),
    async stop() {
      stopped.abort()
      await Promise.race([ended, sleep(lookEveryMs, undefined, { ref: false })])
    },
  }
}

const recordOf = (numberOf: (stream: Stream) => number) =>
  Object.fromEntries(streams.map((stream) => [stream, numberOf(stream)])) as Record<Stream, number>
