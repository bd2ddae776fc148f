import { Writable } from 'node:stream'
import { createClient } from 'graphql-ws'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import WebSocket from 'ws'
import { encodeCursor } from '../src/log/cursor.ts'
import { raiseAlert } from '../src/resolvers/alert.ts'
import { recordTokenTransfers } from '../src/resolvers/transfer/record.ts'
import { graphql } from './graphql/index.ts'
import { type Person, people, type Stack, startStack, type TestGateway } from './harness/index.ts'
import { kycOperations, submitted } from './harness/kyc.ts'
import { alertsQuery, openLive } from './harness/live.ts'
import { appendBySql, connectForTest, eventually, logOf } from './harness/log.ts'
import { block, indexerOn } from './harness/transfer.ts'

let stack: Stack
let gateway: TestGateway
let seed: ReturnType<typeof people>
let person: Person
let statements: string[] = []
const logged: string[] = []

beforeAll(async () => {
  stack = await startStack()
  const logger = pino(new Writable({ write: (line, _encoding, done) => done(void logged.push(String(line))) }))
  gateway = await stack.startGateway(
    { SOCKET_MAX_QUEUED_BYTES: '65536' },
    { logger, onQuery: (sql) => statements.push(sql) },
  )
  seed = people(gateway)
  person = await seed.investor()
})
afterAll(() => stack.stop())

const cursor = graphql(`query LiveCursor { eventCursor }`)
const cursorNow = async (who = person) => (await who.get(cursor)).eventCursor
const me = graphql(`query LiveViewer { viewer { id } }`)
const details = graphql(`
  subscription LiveDetails($after: String) {
    kycStatusChanges(after: $after, statuses: [SUBMITTED]) { application { id dateOfBirth idDocumentNumber user { email settings { locale } } } }
  }
`)
const deciders = graphql(`
  subscription LiveDeciders($after: String) {
    kycStatusChanges(after: $after, statuses: [APPROVED]) { change { changedBy { email settings { locale } } } }
  }
`)
const demote = graphql(
  `mutation LiveDemote($userId: ID!) { setUserRole(input: { userId: $userId, role: INVESTOR }) { user { id } } }`,
)
const alert = (message: string) => raiseAlert({ services: gateway.services }, { severity: 'info', message })

const open = (token: string, after: string, query = alertsQuery, at = gateway) =>
  openLive({ url: at.url, credential: { authorization: `Bearer ${token}` }, query, variables: { after } })

describe('an event', () => {
  it('is worked out once, however many see the same of it', async () => {
    const after = await cursorNow()
    const others = await Promise.all(Array.from({ length: 6 }, () => seed.investor()))
    const sockets = await Promise.all(
      others.flatMap(({ token }) => Array.from({ length: 5 }, () => open(token!, after))),
    )
    await alert('the first, by which all are seen to follow')
    for (const { seen } of sockets) await eventually(seen).toHaveLength(1)
    statements = []
    await alert('worked out once')
    for (const { seen } of sockets) await eventually(seen).toContain('worked out once')
    expect(statements.filter((sql) => /^select.*from "system_alerts"/.test(sql))).toHaveLength(1)
  })

  it('is shown to the applicant as theirs, to another reviewer as another’s', async () => {
    const [applicant, other] = [await seed.reviewer(), await seed.reviewer()]
    const after = await cursorNow(applicant)
    const [own, others] = [applicant.subscribe(details, { after }), other.subscribe(details, { after })]
    // Both follow now: what comes next is handed over by the hub.
    await submitted(await seed.investor())
    await Promise.all([own.next(), others.next()])
    const id = await submitted(applicant)
    expect((await own.next()).kycStatusChanges.application).toMatchObject({
      id,
      dateOfBirth: '1990-02-28',
      idDocumentNumber: 'P1234567',
      user: { email: applicant.email, settings: { locale: 'en' } },
    })
    expect((await others.next()).kycStatusChanges.application).toEqual({
      id,
      dateOfBirth: null,
      idDocumentNumber: '••••4567',
      user: { email: applicant.email, settings: null },
    })
    await Promise.all([applicant.close(), other.close()])
  })

  it('shows each reviewer what is their own of it, also where it is not about them', async () => {
    const [decider, other] = [await seed.reviewer(), await seed.reviewer()]
    const after = await cursorNow(decider)
    const [own, others] = [decider.subscribe(deciders, { after }), other.subscribe(deciders, { after })]
    for (let round = 0; round < 2; round++) {
      await decider.get(kycOperations.approve, { id: await submitted(await seed.investor()) })
      const changedBy = { email: decider.email }
      const [mine, theirs] = await Promise.all([own.next(), others.next()])
      expect(mine.kycStatusChanges.change.changedBy).toEqual({ ...changedBy, settings: { locale: 'en' } })
      expect(theirs.kycStatusChanges.change.changedBy).toEqual({ ...changedBy, settings: null })
    }
    await Promise.all([decider.close(), other.close()])
  })

  it('D30: is looked at with the rights of its moment', async () => {
    const [reviewer, admin] = [await seed.reviewer(), await seed.admin()]
    const subscription = reviewer.subscribe(details, { after: await cursorNow(reviewer) })
    const seen = async () => (await subscription.next()).kycStatusChanges.application.id
    const before = await submitted(await seed.investor())
    expect(await seen()).toBe(before)
    await admin.get(demote, { userId: reviewer.id })
    await submitted(await seed.investor())
    const own = await submitted(reviewer)
    expect(await seen()).toBe(own)
    await reviewer.close()
  })

  it('that came after the end of a session does not reach its socket', async () => {
    for (let round = 0; round < 5; round++) {
      const someone = await seed.investor()
      const { closed, seen } = await open(someone.token!, await cursorNow())
      await alert('before')
      await eventually(seen).toEqual(['before'])
      // On the database itself: no process knows of it before it looks.
      await gateway.services.pool.query('delete from sessions where user_id = $1', [someone.id])
      await alert('after')
      expect(await closed).toBe(4410)
      expect(seen()).toEqual(['before'])
    }
  })
})

describe('a subscriber', () => {
  it('who reads nothing is closed with 4420, and nobody else waits for them', async () => {
    const after = await cursorNow()
    const [stalled, other] = [await open(person.token!, after), await open(person.token!, after)]
    await alert('both follow')
    for (const { seen } of [stalled, other]) await eventually(seen).toHaveLength(1)
    stalled.socket.pause()
    const long = '🙂'.repeat(1_900)
    let count = 1
    for (; !logged.some((line) => line.includes('too slow')); count += 50) {
      await Promise.all(Array.from({ length: 50 }, (_, index) => alert(`${count + index} ${long}`)))
    }
    stalled.socket.resume()
    expect(await stalled.closed).toBe(4420)
    await eventually(() => other.seen().length).toBe(count)
    // What it did get was in order, and goes on where it stopped.
    const last = stalled.messages.filter(({ type }) => type === 'next').at(-1)!.payload!.data.systemAlerts.cursor
    const again = await open(person.token!, last)
    await eventually(() => stalled.seen().length + again.seen().length).toBe(count)
    expect([...stalled.seen(), ...again.seen()]).toEqual(other.seen())
  })

  it('to whom nothing happens learns in a ping up to where there was nothing', async () => {
    const idle = await open(
      person.token!,
      await cursorNow(),
      'subscription { systemAlerts { cursor alert { message } } }',
    )
    await eventually(() => gateway.services.tails.of('alerts').waiting).toBeGreaterThan(0)
    const ping = () => idle.messages.find(({ type }) => type === 'ping')?.payload
    await eventually(ping).toMatchObject({ cursor: expect.any(String) })
    const log = await logOf(gateway.services, 'alerts')
    await alert('after the ping')
    const back = await open(person.token!, ping()!.cursor)
    await eventually(back.seen).toEqual(['after the ping'])
    expect((await logOf(gateway.services, 'alerts')).length).toBe(log.length + 1)
  })

  it('D31: comes back with many others at once, and each sees what it missed', async () => {
    const after = await cursorNow()
    for (let count = 0; count < 50; count++) await alert(`missed ${count}`)
    const expected = Array.from({ length: 50 }, (_, count) => `missed ${count}`)
    const crowd = await Promise.all(Array.from({ length: 4 }, () => seed.investor()))
    statements = []
    const back = await Promise.all(crowd.flatMap(({ token }) => Array.from({ length: 5 }, () => open(token!, after))))
    for (const { seen } of back) await eventually(seen).toEqual(expected)
    expect(statements.filter((sql) => /^select.*from "system_alerts"/.test(sql)).length).toBeLessThan(20 * 50)
    await alert('and live again')
    for (const { seen } of back) await eventually(() => seen().at(-1)).toBe('and live again')
  })

  it('over SSE gets the same', async () => {
    const stream = await openStream(person.token!)
    await alert('one')
    await alert('two')
    await eventually(() => messagesIn(stream.text())).toEqual(['one', 'two'])
    await stream.close()
  })

  it('over SSE is told when their session has ended, whether anything happens or not', async () => {
    const someone = await seed.investor()
    const stream = await openStream(someone.token!)
    await alert('the last')
    await eventually(() => messagesIn(stream.text())).toEqual(['the last'])
    await seed.signOut(someone.token!)
    await stream.ended
    expect(stream.text().split('event: next').at(-1)).toContain('UNAUTHENTICATED')
  })

  const messagesIn = (text: string) => [...text.matchAll(/"message":"([^"]+)"/g)].map(([, message]) => message)

  async function openStream(token: string) {
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        authorization: `Bearer ${token}`,
      },
      body: JSON.stringify({ query: alertsQuery, variables: { after: await cursorNow() } }),
    })
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    const ended = (async () => {
      for (;;) {
        const { value, done } = await reader.read()
        if (done) return
        text += value
      }
    })()
    return { text: () => text, ended, close: () => reader.cancel().then(() => ended) }
  }

  it('who could not be served for long goes on from their last cursor, and misses nothing', async () => {
    const patient = await stack.startGateway({ DATABASE_LOCK_TIMEOUT_MS: '200' })
    const alertId = 'alert_01k00000000000000000000000'
    const client = await connectForTest(stack.database.superuserUrl)
    await client.query(`insert into system_alerts (id, severity, message) values ('${alertId}', 'info', 'late')`)
    const after = await cursorNow()
    // One who is not shown what the database keeps to itself, and goes ahead.
    const other = await open(
      person.token!,
      after,
      'subscription($after: String) { systemAlerts(after: $after) { cursor } }',
      patient,
    )
    const holder = await connectForTest(stack.database.superuserUrl)
    await holder.query('begin; lock table system_alerts in access exclusive mode')
    await appendBySql(client, 'alerts', [{ type: 'alert.raised', payload: { alertId, severity: 'info' } }])
    await eventually(() => other.data().length).toBe(1)
    const subscriber = await open(person.token!, after, alertsQuery, patient)
    // Minutes pass, of which nobody here waits for one.
    const now = performance.now.bind(performance)
    let passedMs = 0
    vi.spyOn(performance, 'now').mockImplementation(() => now() + passedMs)
    onTestFinished(() => void vi.restoreAllMocks())
    const letTimePass = () => {
      passedMs += 31_000
      return subscriber.messages.map(({ type }) => type)
    }
    const told = ['connection_ack', 'next', 'complete']
    await expect.poll(letTimePass, { interval: 1_000 }).toEqual(told)
    expect(subscriber.messages[1]).toMatchObject({ payload: { errors: [{ extensions: { code: 'UNAVAILABLE' } }] } })
    await holder.query('rollback')
    const back = await open(person.token!, after, alertsQuery, patient)
    await eventually(back.seen).toEqual(['late'])
  })

  it('who was shown what never was is told so; the others go on as if nothing had been', async () => {
    const transfers = 'subscription($after: String) { tokenTransfers(after: $after) { cursor transfer { id } } }'
    const after = await cursorNow()
    const someone = await seed.investor()
    const [deceived, other] = [await open(person.token!, after, transfers), await open(someone.token!, after)]
    const { services } = gateway
    const record = () => recordTokenTransfers(indexerOn(services), { transfers: block(1) })
    await record()
    await alert('both are level')
    await eventually(() => deceived.data().length).toBe(1)
    await eventually(other.seen).toEqual(['both are level'])
    const [event] = (await logOf(services, 'transfers')).slice(-1)
    // Committed by a primary that died with it.
    const lost = { ...event!, position: event!.position + 1, previousHash: event!.hash, hash: 'ab'.repeat(32) }
    // Should a comparison come first, nobody is shown it: then it is heard of again.
    const ring = () => {
      if (deceived.messages.at(-1)?.type !== 'complete') services.doorbell.ring([lost])
      return deceived.messages.slice(-3)
    }
    await expect
      .poll(ring, { interval: 500 })
      .toMatchObject([
        { type: 'next', payload: { data: {} } },
        { type: 'next', payload: { errors: [{ extensions: { code: 'RESYNC_REQUIRED' } }] } },
        { type: 'complete' },
      ])
    await record()
    await alert('nothing had been')
    await eventually(other.seen).toEqual(['both are level', 'nothing had been'])
    const cursor = encodeCursor({ transfers: event! })
    const back = await open(person.token!, cursor, transfers)
    const shown = () => back.data<{ tokenTransfers: { transfer: { id: string } } }>()
    const [next] = (await logOf(services, 'transfers')).slice(-1)
    await eventually(shown).toMatchObject([{ tokenTransfers: { transfer: { id: next!.subjectId } } }])
  })

  it('who each ask for something else leave connections to those who ask for anything', async () => {
    const alertId = 'alert_01k00000000000000000000001'
    const client = await connectForTest(stack.database.superuserUrl)
    await client.query(`insert into system_alerts (id, severity, message) values ('${alertId}', 'info', 'to many')`)
    const after = await cursorNow()
    const someone = await seed.investor()
    const { messages, send } = await open(someone.token!, after)
    for (let count = 1; count < 20; count++) {
      const query = `subscription($after: String) { systemAlerts(after: $after) { alert { m${count}: message } } }`
      send({ type: 'subscribe', id: String(count), payload: { query, variables: { after } } })
    }
    const holder = await connectForTest(stack.database.superuserUrl)
    await holder.query('begin; lock table system_alerts in access exclusive mode')
    await appendBySql(client, 'alerts', [{ type: 'alert.raised', payload: { alertId, severity: 'info' } }])
    const waiting = async () => {
      const { rows } = await client.query<{ count: number }>(
        `select count(*)::int from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      )
      return rows[0]!.count
    }
    // A quarter of ten.
    await eventually(waiting).toBe(2)
    expect((await someone.get(me)).viewer?.id).toBe(someone.id)
    expect(await waiting()).toBe(2)
    await holder.query('rollback')
    await eventually(() => messages.filter(({ type, payload }) => type === 'next' && payload?.data).length).toBe(20)
  })

  it('cannot leave out what to subscribe to', async () => {
    const left = 'systemAlerts @skip(if: true) { cursor }'
    for (const query of [
      `subscription { ${left} }`,
      `subscription { ...Left } fragment Left on Subscription { ${left} }`,
      'subscription { ... @include(if: false) { systemAlerts { cursor } } }',
    ]) {
      const { messages } = await open(person.token!, '', query)
      await eventually(() => messages.at(-1)).toMatchObject({
        type: 'error',
        payload: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }],
      })
    }
  })
})

describe('a socket', () => {
  it('has at most 20 operations at once', async () => {
    const after = await cursorNow()
    const { send, messages } = await open(person.token!, after)
    // Whoever is not taken in yet when the alert comes gets it too.
    const subscribe = (id: number) =>
      send({ type: 'subscribe', id: String(id), payload: { query: alertsQuery, variables: { after } } })
    for (let id = 2; id <= 21; id++) subscribe(id)
    await eventually(() => messages.find(({ type }) => type === 'error')).toMatchObject({
      id: '21',
      payload: [{ extensions: { code: 'RATE_LIMITED' } }],
    })
    send({ type: 'complete', id: '20' })
    subscribe(22)
    await alert('to twenty')
    await eventually(() => messages.filter(({ type }) => type === 'next').length).toBe(20)
  })

  it('is one of at most five of its session: the sixth is closed with 4429', async () => {
    const someone = await seed.investor()
    const after = await cursorNow()
    const sockets = []
    for (let count = 0; count < 5; count++) sockets.push(await open(someone.token!, after))
    const sixth = createClient({
      url: `${gateway.url.replace(/^http/, 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${someone.token}` },
      retryAttempts: 0,
    })
    const refused = new Promise<number>((resolve) => sixth.on('closed', (event) => resolve((event as CloseEvent).code)))
    sixth.subscribe({ query: '{ viewer { id } }' }, { next: () => {}, error: () => {}, complete: () => {} })
    expect(await refused).toBe(4429)
    sockets[0]!.socket.close()
    await sockets[0]!.closed
    await open(someone.token!, after)
  })
})
