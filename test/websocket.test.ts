import { once } from 'node:events'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import WebSocket from 'ws'
import { raiseAlert } from '../src/resolvers/alert.ts'
import { graphql } from './graphql/index.ts'
import { cookieOf, postGraphQL } from './harness/http.ts'
import { type Person, people, type Stack, startStack, type TestGateway } from './harness/index.ts'
import { complete, kycOperations } from './harness/kyc.ts'
import { connectForTest, eventually } from './harness/log.ts'
import { startProxy } from './harness/proxy.ts'

let stack: Stack
let gateway: TestGateway
let seed: ReturnType<typeof people>
let investor: Person

beforeAll(async () => {
  stack = await startStack()
  gateway = await stack.startGateway({ TRUSTED_ORIGINS: 'https://app.example.com' })
  seed = people(gateway)
  investor = await seed.investor()
})
afterAll(() => stack.stop())

const cursor = graphql(`
  query SocketCursor { eventCursor }
`)
const statusChanges = graphql(`
  subscription SocketStatusChanges($after: String) {
    kycStatusChanges(after: $after) { change { toStatus } application { id } }
  }
`)
const create = 'mutation { createKycApplication(input: {}) { application { id } } }'

type Message = { type: string; id?: string; payload?: unknown }

/** A socket as the protocol has it: what is sent, what comes, and how it ends. */
function openSocket(at: TestGateway, headers: Record<string, string> = {}, protocol = 'graphql-transport-ws') {
  const socket = new WebSocket(`${at.url.replace(/^http/, 'ws')}/graphql`, protocol, { headers })
  onTestFinished(() => socket.terminate())
  const messages: Message[] = []
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: String(reason) }))
  })
  const refused = new Promise<{ status: number; body: unknown }>((resolve) => {
    socket.on('unexpected-response', async (_request, answer) => {
      let text = ''
      for await (const part of answer) text += part
      resolve({ status: answer.statusCode ?? 0, body: JSON.parse(text) })
    })
  })
  socket.on('error', () => {})
  socket.on('message', (data) => messages.push(JSON.parse(String(data))))
  const send = (message: Message) => socket.send(JSON.stringify(message))
  const found = (match: Partial<Message>) =>
    messages.find((message) => Object.entries(match).every(([key, value]) => message[key as keyof Message] === value))
  return {
    socket,
    messages,
    closed,
    refused,
    send,
    async init(payload?: Record<string, unknown>) {
      if (socket.readyState !== WebSocket.OPEN) await once(socket, 'open')
      send({ type: 'connection_init', payload })
      await eventually(() => found({ type: 'connection_ack' })).toBeDefined()
    },
    subscribe: (id: string, query: string, variables = {}) =>
      send({ type: 'subscribe', id, payload: { query, variables } }),
    async next(id: string, type: 'next' | 'error' = 'next') {
      await eventually(() => found({ id, type })).toBeDefined()
      return found({ id, type })?.payload as { data?: unknown; errors?: unknown[] } & unknown[]
    },
  }
}

const bearer = (person: Pick<Person, 'token'>) => ({ authorization: `Bearer ${person.token}` })
const whoAmI = '{ viewer { id } }'

describe('an operation over a socket', () => {
  it('may be a subscription, whose events come as they happen', async () => {
    const person = await seed.investor()
    const { eventCursor } = await person.get(cursor)
    const subscription = person.subscribe(statusChanges, { after: eventCursor })
    const id = await complete(person)
    const changeTo = (toStatus: string) => ({ kycStatusChanges: { change: { toStatus }, application: { id } } })
    expect(await subscription.next()).toMatchObject(changeTo('DRAFT'))
    await person.get(kycOperations.submit, { id })
    expect(await subscription.next()).toMatchObject(changeTo('SUBMITTED'))
    await person.close()
  })

  it('may be a query or a mutation, and sees what the one before it wrote', async () => {
    const person = await seed.investor()
    const client = openSocket(gateway)
    await client.init(bearer(person))
    client.subscribe('write', create)
    const { data } = await client.next('write')
    client.subscribe('read', '{ eventCursor kycApplications { nodes { id } } }')
    expect(await client.next('read')).toMatchObject({
      data: {
        kycApplications: {
          nodes: [(data as { createKycApplication: { application: object } }).createKycApplication.application],
        },
      },
    })
    await eventually(() => client.messages.filter(({ type }) => type === 'complete').length).toBe(2)
  })

  it('says what went wrong in the words of HTTP', async () => {
    const client = openSocket(gateway)
    await client.init(bearer(investor))
    const operations: [string, Record<string, unknown>?][] = [
      ['{ viewer { id '],
      ['{ nothing }'],
      ['query A { viewer { id } } query B { viewer { id } }'],
      ['query($id: ID!) { kycApplication(id: $id) { id } }'],
      [
        'mutation($input: CreateKycApplicationInput!) { createKycApplication(input: $input) { application { id } } }',
        { input: { details: { dateOfBirth: 'never' } } },
      ],
      ['{ kycApplication(id: "kyc_00000000000000000000000000") { id } viewer { id } }'],
      ['{ auditLog { nodes { id } } }'],
    ]
    for (const [index, [query, variables]] of operations.entries()) {
      const http = await postGraphQL(gateway, { query, variables }, bearer(investor))
      const id = String(index)
      client.subscribe(id, query, variables)
      await eventually(() => client.messages.some((message) => message.id === id)).toBe(true)
      const { type, payload } = client.messages.find((message) => message.id === id)!
      const result = type === 'error' ? { errors: payload } : (payload as object)
      expect(withoutIds(result), query).toEqual(withoutIds(http.body))
      expect(JSON.stringify(result)).toMatch(/"requestId":"[0-9a-f]{32}"/)
    }
  })

  const withoutIds = (result: object) =>
    JSON.parse(JSON.stringify(result, (key, value) => (key === 'requestId' ? 'an id' : value)))
})

describe('an operation that the client wants no more', () => {
  const alerts = 'subscription { systemAlerts { alert { message } } }'

  it('has ended before another one has its id, whatever it was waiting for', async () => {
    const client = openSocket(gateway)
    await client.init(bearer(investor))
    for (let round = 0; round < 30; round++) {
      client.subscribe('again', alerts)
      client.send({ type: 'complete', id: 'again' })
    }
    client.subscribe('again', alerts)
    const seen = () => client.messages.flatMap(({ type, payload }) => (type === 'next' ? [payload] : []))
    await eventually(() => gateway.services.tails.of('alerts').waiting).toBe(1)
    for (const message of ['once', 'and no more']) {
      await raiseAlert({ services: gateway.services }, { severity: 'info', message })
    }
    await eventually(seen).toEqual(
      ['once', 'and no more'].map((message) => ({ data: { systemAlerts: { alert: { message } } } })),
    )
    client.socket.close()
    await client.closed
    await eventually(() => gateway.services.tails.of('alerts').waiting).toBe(0)
  })

  it('closes the socket with 4409 while it is wanted', async () => {
    const client = openSocket(gateway)
    await client.init(bearer(investor))
    client.subscribe('twice', alerts)
    client.subscribe('twice', alerts)
    expect((await client.closed).code).toBe(4409)
  })

  it('counts until it has ended, so that nobody has hundreds at once', async () => {
    const client = openSocket(gateway)
    await client.init(bearer(investor))
    const holder = await connectForTest(stack.database.superuserUrl)
    await holder.query('begin; lock table kyc_applications in access exclusive mode')
    const query = '{ kycApplications { nodes { id } } }'
    for (let id = 0; id < 41; id++) {
      client.subscribe(`left ${id}`, query)
      client.send({ type: 'complete', id: `left ${id}` })
    }
    client.subscribe('one more', query)
    expect(await client.next('one more', 'error')).toMatchObject([{ extensions: { code: 'RATE_LIMITED' } }])
    await holder.query('rollback')
    let tries = 0
    await eventually(() => {
      client.subscribe(`later ${++tries}`, query)
      return client.messages.some(({ type }) => type === 'next')
    }).toBe(true)
  })
})

describe('a socket that a browser signs in by its cookie', () => {
  it('is opened to the gateway’s own page and to a trusted one', async () => {
    const cookie = await cookieOf(gateway, investor)
    for (const origin of [gateway.url, 'https://app.example.com']) {
      const client = openSocket(gateway, { cookie, origin })
      await client.init()
      client.subscribe('1', whoAmI)
      expect(await client.next('1')).toEqual({ data: { viewer: { id: investor.id } } })
    }
  })

  it('is not opened to another page, and not without an Origin', async () => {
    const cookie = await cookieOf(gateway, investor)
    const rejected = { status: 403, body: { errors: [{ extensions: { code: 'CSRF_REJECTED' } }] } }
    for (const origin of ['https://evil.example.com', 'null']) {
      expect(await openSocket(gateway, { cookie, origin }).refused).toMatchObject(rejected)
      expect(await openSocket(gateway, { origin }).refused).toMatchObject(rejected)
    }
    expect(await openSocket(gateway, { cookie }).refused).toMatchObject(rejected)
  })

  it('is as good as signed out when the session is over', async () => {
    const person = await seed.investor()
    const cookie = await cookieOf(gateway, person)
    await seed.signOut(decodeURIComponent(cookie.split('=')[1]!))
    const client = openSocket(gateway, { cookie, origin: gateway.url })
    await client.init()
    client.subscribe('1', whoAmI)
    expect(await client.next('1')).toEqual({ data: { viewer: null } })
  })
})

describe('a socket', () => {
  it.each(['Bearer nobody', 'Bearer nobody.c2lnbmVk', 'Basic abc', ''])(
    'is closed to the credential %j',
    async (authorization) => {
      const client = openSocket(gateway)
      await once(client.socket, 'open')
      client.send({ type: 'connection_init', payload: { authorization } })
      expect((await client.closed).code).toBe(4403)
    },
  )

  it('takes the name of the credential in any case', async () => {
    const client = openSocket(gateway)
    await client.init({ Authorization: `Bearer ${investor.token}` })
    client.subscribe('1', whoAmI)
    expect(await client.next('1')).toEqual({ data: { viewer: { id: investor.id } } })
  })

  it('needs no credential for what is public', async () => {
    const client = openSocket(gateway)
    await client.init()
    client.subscribe('1', whoAmI)
    expect(await client.next('1')).toEqual({ data: { viewer: null } })
  })

  it('is closed when nothing comes of it', async () => {
    const hasty = await stack.startGateway({ SOCKET_INIT_SECONDS: '1' })
    expect(await openSocket(hasty).closed).toMatchObject({ code: 4408 })
  })

  it('is closed over a message that is too large', async () => {
    const client = openSocket(gateway)
    await client.init()
    client.subscribe('1', `${whoAmI}${' '.repeat(64 * 1024)}`)
    expect((await client.closed).code).toBe(4413)
  })

  it('is cut when its peer has gone without a word, and only then', async () => {
    const way = await startProxy(gateway.url)
    // The time between pings is nothing to wait for.
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    onTestFinished(() => void vi.useRealTimers())
    const [gone, there] = [openSocket({ ...gateway, url: way.url.replace(/\/$/, '') }), openSocket(gateway)]
    for (const client of [gone, there]) {
      await client.init(bearer(investor))
      client.subscribe('1', 'subscription { systemAlerts { cursor } }')
      client.subscribe('2', whoAmI)
      await client.next('2')
    }
    // The way ends with the connection behind it, and cannot be heard while it is cut.
    way.cut()
    for (let ping = 0; ping < 4; ping++) {
      const answered = once(there.socket, 'ping')
      vi.advanceTimersByTime(12_000)
      await answered
      there.subscribe(`after ping ${ping}`, whoAmI)
      await there.next(`after ping ${ping}`)
    }
    way.mend()
    expect((await gone.closed).code).toBe(1006)
    expect(there.socket.readyState).toBe(WebSocket.OPEN)
  })

  it('is read from no faster than it reads', async () => {
    const careful = await stack.startGateway({ SOCKET_MAX_QUEUED_BYTES: '65536' })
    const client = openSocket(careful)
    await client.init()
    client.socket.pause()
    const count = 1_000
    const payload = { padding: 'x'.repeat(60_000) }
    for (let sent = 0; sent < count; sent++) client.send({ type: 'ping', payload })
    let [left, before] = [client.socket.bufferedAmount, Number.POSITIVE_INFINITY]
    for (; left < before; left = client.socket.bufferedAmount) {
      before = left
      for (let turn = 0; turn < 20; turn++) await postGraphQL(careful, { query: whoAmI })
    }
    // The rest of it lies in the buffers of the kernel.
    expect(left).toBeGreaterThan((count * 60_000) / 2)
    client.socket.resume()
    await eventually(() => client.messages.filter(({ type }) => type === 'pong').length).toBe(count)
  })

  it('is closed over a message that is none, and over another protocol', async () => {
    const client = openSocket(gateway)
    await client.init()
    client.socket.send('nonsense')
    expect(await client.closed).toEqual({ code: 4400, reason: 'Invalid message received' })
    expect((await openSocket(gateway, {}, 'graphql-ws').closed).code).toBe(1006)
  })

  it.each([
    [4401, 'an operation before it is signed in', { type: 'subscribe', id: '1', payload: { query: whoAmI } }],
    [4429, 'a second sign-in', { type: 'connection_init' }],
  ])('is closed with %i over %s', async (code, _what, message) => {
    const client = openSocket(gateway)
    if (code === 4429) await client.init()
    else await once(client.socket, 'open')
    client.send(message)
    expect((await client.closed).code).toBe(code)
  })

  it('is closed with 4406 over a protocol that it does not speak', async () => {
    const { url } = gateway
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/graphql`)
    onTestFinished(() => socket.terminate())
    const [code] = await once(socket, 'close')
    expect(code).toBe(4406)
  })

  it('is only at /graphql', async () => {
    const socket = new WebSocket(`${gateway.url.replace(/^http/, 'ws')}/elsewhere`, 'graphql-transport-ws')
    socket.on('error', () => {})
    const [, answer] = await once(socket, 'unexpected-response')
    expect(answer.statusCode).toBe(404)
    answer.destroy()
  })
})

describe('the session of a socket', () => {
  const signedInSocket = async (person: Pick<Person, 'token'>, at = gateway) => {
    const client = openSocket(at)
    await client.init(bearer(person))
    client.subscribe('1', 'subscription { kycStatusChanges { cursor } }')
    return client
  }

  it('closes it when it ends, and leaves the person’s other sockets and other people’s alone', async () => {
    const person = await seed.investor()
    const other = await seed.signIn(person.email)
    const [ending, staying, foreign] = [
      await signedInSocket(person),
      await signedInSocket({ token: other }),
      await signedInSocket(investor),
    ]
    await seed.signOut(person.token!)
    expect(await ending.closed).toEqual({ code: 4410, reason: 'The session has ended' })
    for (const client of [staying, foreign]) {
      client.subscribe('2', whoAmI)
      expect(await client.next('2')).toMatchObject({ data: { viewer: { id: expect.any(String) } } })
    }
  })

  it('closes it on every process when the person is banned', async () => {
    const elsewhere = await stack.startGateway()
    const [person, admin] = [await seed.investor(), await seed.admin()]
    const [here, there] = [await signedInSocket(person), await signedInSocket(person, elsewhere)]
    const query = 'mutation($id: ID!) { banUser(input: { userId: $id, reason: "Fraud" }) { user { banned } } }'
    const banned = await postGraphQL(gateway, { query, variables: { id: person.id } }, bearer(admin))
    expect(banned.body.errors).toBeUndefined()
    expect((await here.closed).code).toBe(4410)
    expect((await there.closed).code).toBe(4410)
  })

  it('closes it when it expires', async () => {
    const brief = await stack.startGateway({ SESSION_SECONDS: '2' })
    const person = await people(brief).investor()
    const client = await signedInSocket(person, brief)
    expect(await client.closed).toMatchObject({ code: 4410 })
  })

  it('leaves nothing behind that waits for its end when the socket has gone', async () => {
    const set = vi.spyOn(globalThis, 'setTimeout')
    const clear = vi.spyOn(globalThis, 'clearTimeout')
    onTestFinished(() => void vi.restoreAllMocks())
    const person = await seed.investor()
    const client = await signedInSocket(person)
    const accounts = gateway.services.tails.of('accounts')
    const before = accounts.head.position
    // Three events about the account, all in one moment.
    const superuser = await connectForTest(stack.database.superuserUrl)
    const rename = (name: string) => `update users set name = '${name}' where id = '${person.id}'`
    await superuser.query(['begin', ...['a', 'b', 'c'].map(rename), 'commit'].join(';'))
    await eventually(() => accounts.head.position).toBe(before + 3)
    client.subscribe('2', whoAmI)
    await client.next('2')
    client.socket.close()
    await client.closed
    const isLong = (delay: unknown) => Number(delay) > 3_600_000
    const started = set.mock.calls.flatMap(([, delay], n) => (isLong(delay) ? [set.mock.results[n]!.value] : []))
    expect(started.length).toBeGreaterThan(1)
    await eventually(() => {
      const stopped = new Set(clear.mock.calls.map(([timer]) => timer))
      return started.filter((timer) => !stopped.has(timer)).length
    }).toBe(0)
  })

  it('does not close it when something else about the person changes', async () => {
    const person = await seed.investor()
    const client = await signedInSocket(person)
    const before = gateway.services.tails.of('accounts').head.position
    const superuser = new pg.Client(stack.database.superuserUrl)
    await superuser.connect()
    await superuser.query(`update users set name = 'Renamed' where id = $1`, [person.id])
    await superuser.end()
    await eventually(() => gateway.services.tails.of('accounts').head.position).toBeGreaterThan(before)
    client.subscribe('2', whoAmI)
    expect(await client.next('2')).toEqual({ data: { viewer: { id: person.id } } })
    expect(client.socket.readyState).toBe(WebSocket.OPEN)
  })
})
