import type pg from 'pg'
import { requestScope } from '../request-scope.ts'

/** So many wait for one another, and so long, at most. */
const maxTogether = 16
const lateMs = 1_000

type Statement = unknown[]
type Answer = (error: Error | null, result?: unknown) => void
type Asked = { statement: Statement; requestId: string | undefined; answer: Answer | null }
type Client = Omit<pg.PoolClient, 'pipeline' | 'query' | 'connection'> & {
  pipeline: boolean
  connection: { stream: { cork(): void; uncork(): void; destroy(): void } }
  query(...statement: [...Statement, Answer]): void
}

/**
 * For reads that are over at once: those of one turn of the event loop go out on one connection in one write, and mostly
 * come back in one read, which is half of what they cost us and PostgreSQL. It runs them one after the other, each for
 * itself: who fails fails alone. Where one takes long after all, those behind it are asked again, each on a connection of
 * its own.
 */
export function createTogether(pool: pg.Pool) {
  let asked: Asked[] = []

  function send() {
    const all = asked
    asked = []
    for (let at = 0; at < all.length; at += maxTogether) sendGroup(pool, all.slice(at, at + maxTogether))
  }

  return {
    query: (...statement: Statement) =>
      new Promise((resolve, reject) => {
        const answer: Answer = (error, result) => (error ? reject(error) : resolve(result))
        if (asked.push({ statement, requestId: requestScope.current(), answer }) === 1) setImmediate(send)
      }),
  }
}

function sendGroup(pool: pg.Pool, group: Asked[]) {
  pool.connect((failure, connection, release) => {
    if (failure) {
      for (const one of group) tell(one, failure)
      return
    }
    const client = connection as unknown as Client
    const { stream } = client.connection
    const sentAt = performance.now()
    let open = group.length
    let broken: Error | undefined

    function answered(one: Asked, error: Error | null, result: unknown) {
      // pg tells of values that it cannot write at once, and of their end as well.
      if (!one.answer) return
      tell(one, error, result)
      open -= 1
      broken ??= error ?? undefined
      if (open === 0) {
        client.pipeline = false
        // As with a query of the pool's own: where something failed it is not used again.
        release(broken)
      } else if (performance.now() - sentAt > lateMs) {
        for (const late of group) askAlone(pool, late)
        stream.destroy()
        release(true)
      }
    }

    client.pipeline = true
    stream.cork()
    for (const one of group) {
      inScope(one, () => client.query(...one.statement, (error, result) => answered(one, error, result)))
    }
    stream.uncork()
  })
}

function tell(one: Asked, error: Error | null, result?: unknown) {
  one.answer?.(error, result)
  one.answer = null
}

function askAlone(pool: pg.Pool, one: Asked) {
  const { statement, answer } = one
  if (!answer) return
  one.answer = null
  inScope(one, () => (pool as unknown as Pick<Client, 'query'>).query(...statement, answer))
}

const inScope = ({ requestId }: Asked, work: () => void) =>
  requestId === undefined ? work() : requestScope.runNow(requestId, work)
