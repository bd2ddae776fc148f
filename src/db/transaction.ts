import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import type { Context } from '../context.ts'
import type { Core } from '../core.ts'
import { UnavailableError } from '../errors.ts'
import { appendEvents } from '../log/append.ts'
import type { Cursor } from '../log/cursor.ts'
import type { LoggedEvent, NewEvent } from '../log/event.ts'
import { applied } from '../log/reach.ts'
import type { Db } from './client.ts'
import { commitWithNext } from './commit-with.ts'
import { isRefusal, isRetryable, isSaidByServer, toAppError } from './errors.ts'

const maxTries = 5

/** A transaction of a use case: the database, and the events that it will leave in the log. */
export type Tx = {
  db: Db
  /** Queues an event. It is appended last, right before COMMIT, because its stream is locked from then on. */
  record(event: Omit<NewEvent, 'actorId'> & { actorId?: string | null }): void
  /** A job that exists if and only if the transaction commits. A key makes it one job however often it is added. */
  addJob(task: string, payload: Record<string, unknown>, key?: string): Promise<void>
}

/** For a transaction that is not ours: Better Auth's. */
export const addJobIn =
  (db: Db): Tx['addJob'] =>
  async (task, payload, key) => {
    await db.execute(sql`select add_job(${task}, ${JSON.stringify(payload)}::jsonb, ${key ?? null})`)
  }

/** What a use case needs to change state: for a request its context, for a job or a command the services alone. */
export type Writer = {
  services: Pick<Core, 'db' | 'tails' | 'doorbell' | 'logger'>
  viewer?: Context['viewer']
  written?: Context['written']
}

/**
 * Runs a change of state in one READ COMMITTED transaction, appends its events, and after COMMIT tells the tails.
 * A deadlock or serialization failure is tried again: the work must have no effect outside the transaction.
 */
export async function transaction<T>(writer: Writer, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      const { result, events } = await commit(writer, work)
      await announce(writer, events)
      return result
    } catch (error) {
      if (!isRetryable(error) || attempt === maxTries) throw toAppError(error) ?? error
      await sleep(Math.random() * 20 * 2 ** attempt)
    }
  }
}

async function commit<T>({ services, viewer }: Writer, work: (tx: Tx) => Promise<T>) {
  const actorId = viewer && viewer.kind !== 'anonymous' ? viewer.id : null
  const queued: NewEvent[] = []
  let events: LoggedEvent[] = []
  let committing = false
  try {
    const result = await services.db.transaction(async (db) => {
      // Whom the triggers on the tables of Better Auth name as actor.
      await db.execute(sql`select set_config('gatehouse.actor', ${actorId ?? 'system'}, true)`)
      const done = await work({
        db,
        record: (event) => queued.push({ actorId, ...event }),
        addJob: addJobIn(db),
      })
      events = await appendEvents(db, queued, () => {
        committing = true
        commitWithNext(db)
      }).catch((error: unknown) => {
        // It did not come to the COMMIT behind it.
        if (isSaidByServer(error)) committing = false
        throw error
      })
      committing = true
      return done
    })
    return { result, events }
  } catch (error) {
    if (!committing || isRefusal(error)) throw error
    const message = 'The connection was lost while the change was being committed: read the state before you try again.'
    throw new UnavailableError(message, { retryable: false, cause: error })
  }
}

/**
 * This process's own tail first, so that whoever wrote reads their write here; then the other processes. An event that
 * comes before one of another process, which this one has not heard of yet, waits until that is there.
 */
async function announce({ services, written }: Writer, events: LoggedEvent[]) {
  if (events.length === 0) return
  const { tails, doorbell } = services
  tails.offer(events)
  doorbell.ring(events)
  const places: Cursor = {}
  for (const event of events) places[event.stream] = event
  if (written) Object.assign(written, places)
  await applied(tails, places)
}
