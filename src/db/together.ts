import type pg from 'pg'
import { requestScope } from '../request-scope.ts'

const maxTogether = 16
/** Who has heard nothing for two looks waits behind something that takes long. */
const lookMs = 500
const looksBeforeLate = 2

type Statement = unknown[]
type Answer = (error: Error | null, result?: unknown) => void
/** `answer`: null as soon as it has been told, or asked elsewhere. */
type Asked = { statement: Statement; requestId: string; answer: Answer | null }
/** `open`: how many answers PostgreSQL owes. */
type Group = { asked: Asked[]; open: number; looks: number; place: number }
type Client = Omit<pg.PoolClient, 'pipeline' | 'query' | 'connection'> & {
  pipeline: boolean
  connection: { stream: { cork(): void; uncork(): void } }
  query(...statement: [...Statement, Answer]): void
}

/**
 * For reads that are over at once: those of one turn of the event loop go out on one connection in one write, and mostly
 * come back in one read, which is half of what they cost us and PostgreSQL. It runs them one after the other, each for
 * itself. Who waits behind one that takes long after all, or fails after another one did, is asked again on a connection
 * of its own.
 */
export function createTogether(pool: pg.Pool) {
  let asked: Asked[] = []
  const underWay = createUnderWay((group) => {
    const [, ...behind] = group.asked.filter(({ answer }) => answer !== null)
    for (const one of behind) askAlone(pool, one)
  })

  function send() {
    const all = asked
    asked = []
    for (let at = 0; at < all.length; at += maxTogether) {
      const group = all.slice(at, at + maxTogether)
      sendGroup(pool, { asked: group, open: group.length, looks: 0, place: -1 }, underWay)
    }
  }

  return {
    query: (...statement: Statement) =>
      new Promise((resolve, reject) => {
        const answer: Answer = (error, result) => (error ? reject(error) : resolve(result))
        const requestId = requestScope.current() ?? 'none'
        if (asked.push({ statement, requestId, answer }) === 1) setImmediate(send)
      }),
  }
}

function sendGroup(pool: pg.Pool, group: Group, underWay: UnderWay) {
  pool.connect((failure, connection, release) => {
    if (failure) {
      for (const one of group.asked) tell(one, failure)
      return
    }
    const client = connection as unknown as Client
    let broken: Error | undefined

    function answered(one: Asked, error: Error | null, result: unknown) {
      group.open -= 1
      group.looks = 0
      // It may be the other's fault: what both had prepared, or the connection, may be gone.
      if (error && broken) askAlone(pool, one)
      else tell(one, error, result)
      broken ??= error ?? undefined
      if (group.open > 0) return
      underWay.remove(group)
      client.pipeline = false
      // As with a query of the pool's own: where something failed it is not used again.
      release(broken)
    }

    let isSending = true
    underWay.add(group)
    client.pipeline = true
    client.connection.stream.cork()
    for (const one of group.asked) {
      inScope(one, () =>
        client.query(...one.statement, (error, result) => {
          // Of values that it cannot write pg tells at once; the end of the statement is still to come.
          if (!isSending) return answered(one, error, result)
          broken ??= error ?? undefined
          tell(one, error)
        }),
      )
    }
    client.connection.stream.uncork()
    isSending = false
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

const inScope = ({ requestId }: Asked, work: () => void) => requestScope.runNow(requestId, work)

type UnderWay = ReturnType<typeof createUnderWay>

/**
 * The groups that wait for answers, and one timer that looks at all of them: of one for each, as of a Set that changes with
 * each, V8 keeps what it held until it collects old space. What it counts is looks: after a sleep of our own the answers
 * that lie in the socket come before the second.
 */
function createUnderWay(onLate: (group: Group) => void) {
  const groups: Group[] = []
  let timer: NodeJS.Timeout | undefined

  function look() {
    if (groups.length === 0) {
      clearInterval(timer)
      timer = undefined
    }
    for (const group of groups) {
      group.looks += 1
      if (group.looks >= looksBeforeLate) onLate(group)
    }
  }

  return {
    add(group: Group) {
      group.place = groups.push(group) - 1
      timer ??= setInterval(look, lookMs).unref()
    },
    remove(group: Group) {
      const last = groups.pop()!
      if (last === group) return
      groups[group.place] = last
      last.place = group.place
    },
  }
}
