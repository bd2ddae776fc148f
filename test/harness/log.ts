import pg from 'pg'
import { expect, onTestFinished } from 'vitest'
import type { Stream } from '../../src/db/schema/event.ts'
import { transaction } from '../../src/db/transaction.ts'
import type { Place } from '../../src/log/cursor.ts'
import { eventColumns, type LoggedEvent } from '../../src/log/event.ts'
import { follow } from '../../src/log/follow.ts'
import { readEvents } from '../../src/log/read.ts'
import type { Services } from '../../src/services.ts'
import { createTestDatabase } from './database.ts'

/** A database that is dropped when the test ends. */
export async function databaseForTest() {
  const database = await createTestDatabase()
  onTestFinished(() => database.drop())
  return database
}

/** A connection of its own, outside of any pool and its bounds. */
export async function connectForTest(url: string) {
  const client = new pg.Client({ connectionString: url, application_name: 'test' })
  // Tests end backends, and drop databases under connections.
  client.on('error', () => {})
  await client.connect()
  onTestFinished(() => client.end().catch(() => {}))
  return client
}

type Item = { type?: string; subjectId?: string; actorId?: string | null; tags?: string[]; payload?: object }

/** Appends as whoever comes by SQL: nobody's tail hears of it. */
export async function appendBySql(client: Pick<pg.Client, 'query'>, stream: Stream, items: Item[]) {
  const events = items.map((item) => ({ type: 'test', subjectId: 's', actorId: null, tags: [], payload: {}, ...item }))
  const { rows } = await client.query<LoggedEvent>(`select ${eventColumns} from append_events($1, $2)`, [
    stream,
    JSON.stringify(events),
  ])
  return rows
}

/** What happens without our doing, soon; on a busy machine later, within the patience of vitest.config.ts. */
export const eventually = <T>(look: () => T | Promise<T>) => expect.poll(look)

/** A use case that does nothing but leave an event. */
export const recordEvent = (services: Services, stream: Stream, payload: Record<string, unknown> = {}) =>
  transaction({ services }, async (tx) => {
    tx.record({ stream, type: 'test', subjectId: 's', tags: [], payload })
  })

export const logOf = (services: Pick<Services, 'pool'>, stream: Stream) =>
  readEvents(services.pool, stream, { from: 0, to: Number.MAX_SAFE_INTEGER, limit: 1_000_000 })

/** A subscriber that keeps what it gets. */
export async function startFollower(services: Services, stream: Stream, after: Place | null = null) {
  const { pool, tails } = services
  const iterator = await follow({ pool, tails, stream, after, select: async (event) => event })
  onTestFinished(async () => void (await iterator.return?.()))
  const seen: LoggedEvent[] = []
  const ended = (async () => {
    for await (const event of iterator) seen.push(event)
  })()
  ended.catch(() => {})
  return { iterator, seen, ended }
}

export const placesOf = (events: LoggedEvent[]) => events.map(({ position, hash }) => `${position} ${hash}`)
