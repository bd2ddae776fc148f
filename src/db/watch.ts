import type { Duplex } from 'node:stream'
import type pg from 'pg'
import type { Logger } from '../logger.ts'
import type { Metrics } from '../metrics/index.ts'
import { requestScope } from '../request-scope.ts'

type Options = { name: string; metrics: Metrics; slowQueryMs: number; maxSilenceMs: number; logger: Logger }
type Callback = (...answer: [error: Error | null, ...unknown[]]) => void
type Statement = { text?: string; name?: string } | string
type Asked = { statement: Statement; began: number; requestId: string | undefined; isOver: boolean }
type Connection = pg.PoolClient & {
  heldFor?: string | undefined
  /** So many answers, how often none of them had come when it was looked, and when the last one did. */
  owes: { answers: number; looks: number; answeredAt: number }
  connection: { stream: Duplex }
}

const maxShown = 500
const looksBeforeEnd = 10

/**
 * Counts what a pool does, and logs the statements that are slow. Their text has placeholders where values were given:
 * the values are somebody's data, and are not logged.
 */
export function watchPool(pool: pg.Pool, { name, metrics, slowQueryMs, maxSilenceMs, logger }: Options) {
  const { addPool, waits, failures, statements, slow } = metrics.database
  const waited = waits.of(name)
  const took = statements.of(name)
  addPool(name, pool)
  slow.begin(name)
  for (const reason of ['timeout', 'refused', 'broken']) failures.begin(name, reason)

  function acquired(began: number, heldFor: string | undefined, connection: Connection) {
    waited.observe((performance.now() - began) / 1000)
    // Kept with it: a statement is often sent in the turn of whoever gave the connection back.
    connection.heldFor = heldFor
  }
  const notAcquired = (error: Error) => failures.add(name, /timeout/i.test(error.message) ? 'timeout' : 'refused')

  const connect = pool.connect.bind(pool) as (callback: Callback) => void
  const watched = (callback: Callback) => {
    const began = performance.now()
    const heldFor = requestScope.current()
    connect((error, connection, release) => {
      if (error) notAcquired(error)
      else acquired(began, heldFor, connection as Connection)
      callback(error, connection, release)
    })
  }
  const connected = () =>
    new Promise((resolve, reject) => {
      watched((error, connection) => (error ? reject(error) : resolve(connection)))
    })
  pool.connect = ((callback?: Callback) => (callback ? watched(callback) : connected())) as typeof pool.connect

  function answered(connection: Connection, asked: Asked, error: unknown, result: unknown) {
    // pg tells of values that it cannot write, and once more when the statement that was none has ended.
    if (asked.isOver) return
    asked.isOver = true
    const { statement, began, requestId } = asked
    const now = performance.now()
    const { owes } = connection
    // One that was sent behind others begins when they are over.
    const ms = now - Math.max(began, owes.answeredAt)
    owes.answers -= 1
    owes.looks = 0
    owes.answeredAt = now
    took.observe(ms / 1000)
    if (ms < slowQueryMs) return
    slow.add(name)
    const rows = (result as pg.QueryResult | undefined)?.rowCount ?? undefined
    const failed = error ? { code: (error as { code?: string }).code ?? 'no answer' } : {}
    logger.warn(
      {
        pool: name,
        name: nameOf(statement),
        statement: shown(statement),
        ms: Math.round(ms),
        rows,
        requestId,
        ...failed,
      },
      'a slow statement',
    )
  }

  pool.on('connect', (client) => {
    const connection = client as Connection
    const query = connection.query.bind(connection) as (...args: unknown[]) => Promise<unknown>
    connection.owes = { answers: 0, looks: 0, answeredAt: 0 }
    endWhenSilent(connection, maxSilenceMs)
    connection.query = ((statement: Statement, ...rest: unknown[]) => {
      const requestId = requestScope.now() ?? connection.heldFor
      const asked = { statement, began: performance.now(), requestId, isOver: false }
      connection.owes.answers += 1
      const last = rest.at(-1)
      if (typeof last === 'function') {
        const callback = last as Callback
        return query(statement, ...rest.slice(0, -1), (error: Error | null, result: unknown) => {
          answered(connection, asked, error, result)
          callback(error, result)
        })
      }
      const answer = query(statement, ...rest)
      answer.then(
        (result) => answered(connection, asked, null, result),
        (error: unknown) => answered(connection, asked, error, undefined),
      )
      return answer
    }) as typeof connection.query
  })
}

/**
 * A server that has said nothing for longer than its own limit allows will not say anything: whoever waits for it fails,
 * and nobody else gets this connection. Looked for a few times, lest we take our own sleep for silence. Not pg's
 * `query_timeout`: a timer for each statement, and V8 keeps what it held, all of the request, until it collects old space.
 */
function endWhenSilent({ owes, connection: { stream } }: Connection, maxSilenceMs: number) {
  const look = setInterval(() => {
    if (owes.answers > 0 && ++owes.looks > looksBeforeEnd) stream.destroy()
  }, maxSilenceMs / looksBeforeEnd)
  look.unref()
  stream.once('close', () => clearInterval(look))
}

const nameOf = (statement: Statement) => (typeof statement === 'string' ? undefined : statement.name)

/** Compiled reads have what an operation says in their text: literals are left out. */
function shown(statement: Statement) {
  const text = typeof statement === 'string' ? statement : (statement.text ?? statement.name ?? '')
  const line = text
    .replace(/'(?:[^']|'')*'/g, "'…'")
    .replace(/\s+/g, ' ')
    .trim()
  return line.length > maxShown ? `${line.slice(0, maxShown)}…` : line
}
