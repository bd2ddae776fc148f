import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import type { Context } from '../context.ts'
import { UnavailableError } from '../errors.ts'
import { appendEvents } from '../log/append.ts'
import type { LoggedEvent, NewEvent } from '../log/event.ts'
import type { Db } from './client.ts'
import { isRefusal, isRetryable, toAppError } from './errors.ts'

const maxTries = 5

/** A transaction of a use case: the database, and the events that it will leave in the log. */
export type Tx = {
  db: Db
  /** Queues an event. It is appended last, right before COMMIT, because its stream is locked from then on. */
  record(event: Omit<NewEvent, 'actorId'> & { actorId?: string | null }): void
  /** A job that exists if and only if the transaction commits. A key makes it one job however often it is added. */
  addJob(task: string, payload: Record<string, unknown>, key?: string): Promise<void>
}

/** What a use case needs to change state: for a request its context, for a job or a command the services alone. */
export type Writer = Pick<Context, 'services'> & { viewer?: Context['viewer']; written?: Context['written'] }

/**
 * Runs a change of state in one READ COMMITTED transaction, appends its events, and after COMMIT tells the tails.
 * A deadlock or serialization failure is tried again: the work must have no effect outside the transaction.
 */
export async function transaction<T>(writer: Writer, work: (tx: Tx) => Promise<T>): Promise<T> {
  const { services, viewer } = writer
  const actorId = viewer?.kind === 'user' ? viewer.id : null
  for (let attempt = 1; ; attempt++) {
    let committing = false
    let appended: LoggedEvent[] = []
    try {
      const result = await services.db.transaction(async (db) => {
        const queued: NewEvent[] = []
        // Whom the triggers on the tables of Better Auth name as actor.
        await db.execute(sql`select set_config('gatehouse.actor', ${actorId ?? 'system'}, true)`)
        const done = await work({
          db,
          record: (event) => queued.push({ actorId, ...event }),
          addJob: async (task, payload, key) => {
            await db.execute(sql`select add_job(${task}, ${JSON.stringify(payload)}::jsonb, ${key ?? null})`)
          },
        })
        appended = await appendEvents(db, queued)
        committing = true
        return done
      })
      announce(writer, appended)
      return result
    } catch (error) {
      if (isRetryable(error) && attempt < maxTries) {
        await sleep(Math.random() * 20 * 2 ** attempt)
        continue
      }
      if (committing && !isRefusal(error)) {
        const message =
          'The connection was lost while the change was being committed: read the state before you try again.'
        throw new UnavailableError(message, { retryable: false, cause: error })
      }
      throw toAppError(error) ?? error
    }
  }
}

/** This process's own tail first, so that whoever wrote reads their write here; then the other processes. */
function announce({ services, written }: Writer, events: LoggedEvent[]) {
  if (events.length === 0) return
  services.tails.offer(events)
  services.doorbell.ring(events)
  for (const event of events) if (written) written[event.stream] = event
}
