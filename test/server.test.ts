import { once } from 'node:events'
import { Agent, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import pg from 'pg'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { decodeCursor } from '../src/log/cursor.ts'
import { sendResponse } from '../src/server/answer.ts'
import { cookieOf, postGraphQL, postRaw } from './harness/http.ts'
import { type Person, people, type Stack, stackForTest, startStack, type TestGateway } from './harness/index.ts'
import { complete, kycOperations } from './harness/kyc.ts'
import { eventually } from './harness/log.ts'
import { wayForTest } from './harness/way.ts'

const app = 'https://app.example.com'
const bound = 512 * 1024
const whoAmI = { query: '{ viewer { id } }' }

let stack: Stack
let gateway: TestGateway
let investor: Person
let cookie: string
const statements: string[] = []

beforeAll(async () => {
  stack = await startStack()
  gateway = await stack.startGateway({ TRUSTED_ORIGINS: app }, { onQuery: (sql) => statements.push(sql) })
  investor = await people(gateway).investor()
  cookie = await cookieOf(gateway, investor)
})
afterAll(() => stack.stop())

const asSuperuser = async (...texts: string[]) => {
  const client = new pg.Client(stack.database.superuserUrl)
  await client.connect()
  try {
    for (const text of texts) await client.query(text)
  } finally {
    await client.end()
  }
}

describe('the size of a body', () => {
  const tooLarge = { status: 413, body: { errors: [{ extensions: { code: 'PAYLOAD_TOO_LARGE' } }] } }
  const json = { 'content-type': 'application/json' }

  it.each(['/graphql', '/api/auth/sign-in/email'])('%s refuses by its length what it has not read', async (path) => {
    const answer = await postRaw(gateway, { path, headers: { ...json, 'content-length': bound + 1 } })
    expect(answer).toMatchObject({ ...tooLarge, bytesSent: 0 })
  })

  it.each(['/graphql', '/api/auth/sign-in/email'])('%s counts a body that says nothing of its length', async (path) => {
    const chunks = Array.from({ length: bound / 4096 + 1 }, () => Buffer.alloc(4096, ' '))
    const answer = await postRaw(gateway, { path, headers: { ...json, 'transfer-encoding': 'chunked' }, chunks })
    expect(answer).toMatchObject(tooLarge)
  })

  it('may be all of the bound', async () => {
    const answer = await postGraphQL(gateway, JSON.stringify(whoAmI).padEnd(bound))
    expect(answer).toMatchObject({ status: 200, body: { data: { viewer: null } } })
  })
})

describe('a request that a browser signs in by itself', () => {
  const rejected = { status: 403, body: { errors: [{ extensions: { code: 'CSRF_REJECTED' } }] } }
  const signedIn = () => ({ status: 200, body: { data: { viewer: { id: investor.id } } } })

  it('is taken from the gateway’s own page and from a trusted one', async () => {
    expect(await postGraphQL(gateway, whoAmI, { cookie, origin: gateway.url })).toMatchObject(signedIn())
    expect(await postGraphQL(gateway, whoAmI, { cookie, origin: app })).toMatchObject(signedIn())
  })

  it.each<[string, Record<string, string>]>([
    ['without an Origin', {}],
    ['from a foreign page', { origin: 'https://evil.example.com' }],
    ['from a page that hides its origin', { origin: 'null' }],
    ['from a port of its own host', { origin: 'http://localhost:1' }],
    ['as text/plain, which needs no preflight', { origin: app, 'content-type': 'text/plain' }],
  ])('is refused %s', async (_how, headers) => {
    expect(await postGraphQL(gateway, whoAmI, { cookie, ...headers })).toMatchObject(rejected)
  })

  it('is another matter than one that carries its own token', async () => {
    const headers = { authorization: `Bearer ${investor.token}`, origin: 'https://evil.example.com' }
    const answer = await postGraphQL(gateway, whoAmI, headers)
    expect(answer).toMatchObject(signedIn())
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
  })
})

/** What is on the line in the end. */
async function told(request: string) {
  const { port } = new URL(gateway.url)
  const { connect } = await import('node:net')
  const socket = connect(Number(port), '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  socket.write(request)
  let text = ''
  for await (const part of socket) text += part
  return text
}

describe('pages of other origins', () => {
  const preflight = (path: string, origin: string) =>
    fetch(`${gateway.url}${path}`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' },
    })

  it.each(['/graphql', '/api/auth/sign-in/email'])('may ask %s when they are trusted', async (path) => {
    const { status, headers } = await preflight(path, app)
    expect(status).toBe(204)
    expect(headers.get('access-control-allow-origin')).toBe(app)
    expect(headers.get('access-control-allow-credentials')).toBe('true')
    expect(headers.get('access-control-allow-headers')).toContain('content-type')
    expect(headers.get('vary')).toContain('origin')
  })

  it.each(['/graphql', '/api/auth/sign-in/email'])('may not ask %s when they are not', async (path) => {
    const { status, headers } = await preflight(path, 'https://evil.example.com')
    expect(status).toBe(403)
    expect(headers.get('access-control-allow-origin')).toBeNull()
    expect(headers.get('vary')).toContain('origin')
  })

  it('read the id of the request and the position of what they wrote', async () => {
    const { headers } = await postGraphQL(gateway, whoAmI, { origin: app })
    expect(headers.get('access-control-allow-origin')).toBe(app)
    expect(headers.get('access-control-expose-headers')).toContain('x-request-id, x-gatehouse-position')
  })

  it('read what Better Auth answers', async () => {
    const response = await fetch(`${gateway.url}/api/auth/get-session`, { headers: { origin: app } })
    expect(response.headers.get('access-control-allow-origin')).toBe(app)
  })
})

describe('a client that offers HTTP/2 in clear', () => {
  const offer = {
    connection: 'Upgrade, HTTP2-Settings',
    upgrade: 'h2c',
    'http2-settings': 'AAEAAEAAAAIAAAAAAAMAAAAAAAQBAAAAAAUAAEAAAAYABgAA',
    'content-type': 'application/json',
  }
  const body = Buffer.from(JSON.stringify(whoAmI).padEnd(100_000))

  it('is answered in HTTP/1.1', async () => {
    const headers = { ...offer, 'content-length': body.length }
    const answer = await postRaw(gateway, { path: '/graphql', headers, chunks: [body] })
    expect(answer).toMatchObject({ status: 200, body: { data: { viewer: null } } })
  })

  it('is answered as often as it asks on one connection, however its bodies come', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    onTestFinished(() => agent.destroy())
    const sockets = new Set<unknown>()
    for (const framing of [{ 'content-length': body.length }, { 'transfer-encoding': 'chunked' }]) {
      const headers = { ...offer, connection: 'keep-alive, Upgrade, HTTP2-Settings', ...framing }
      const sent = request(`${gateway.url}/graphql`, { method: 'POST', agent, headers })
      sent.end(body)
      const [answer] = await once(sent, 'response')
      sockets.add(sent.socket)
      expect([answer.statusCode, JSON.parse(await text(answer))]).toEqual([200, { data: { viewer: null } }])
    }
    expect(sockets.size).toBe(1)
  })
})

describe('what is not GraphQL over POST', () => {
  const get = async (path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(`${gateway.url}${path}`, { headers })
    return { status: response.status, headers: response.headers, body: await response.json() }
  }
  const refused = (code: string) => ({
    errors: [{ message: expect.any(String), extensions: { code, requestId: expect.any(String) } }],
  })

  it('is refused by GET, also with a query in the address', async () => {
    const answer = await get(`/graphql?query=${encodeURIComponent(whoAmI.query)}`, { accept: 'application/json' })
    expect(answer).toMatchObject({ status: 405, body: refused('BAD_USER_INPUT') })
    expect(answer.headers.get('allow')).toBe('POST')
  })

  it('is refused in another content type', async () => {
    for (const type of [
      'text/plain',
      'application/graphql',
      'application/x-www-form-urlencoded',
      'multipart/form-data',
    ]) {
      const answer = await postGraphQL(gateway, whoAmI, { 'content-type': type })
      expect(answer).toMatchObject({ status: 415, body: refused('BAD_USER_INPUT') })
    }
  })

  it('is not found anywhere else', async () => {
    expect(await get('/graphql/')).toMatchObject({ status: 404, body: refused('NOT_FOUND') })
    expect(await get('/api/auth/nothing')).toMatchObject({ status: 404, body: refused('NOT_FOUND') })
  })

  it('is told by Node itself when it names no host, with the headers of every answer', async () => {
    const text = await told('GET /healthz HTTP/1.1\r\n\r\n')
    expect(text).toMatch(/^HTTP\/1.1 400 /)
    expect(text).toMatch(/^connection: close\r$/im)
    expect(text).toMatch(/^x-content-type-options: nosniff\r$/m)
    expect(text).toMatch(/^x-request-id: none\r$/m)
  })

  it('is told as HTTP when it is not even that', async () => {
    const text = await told('NONSENSE\r\n\r\n')
    expect(text).toMatch(/^HTTP\/1.1 400 /)
    expect(JSON.parse(text.split('\r\n\r\n')[1]!)).toMatchObject(refused('BAD_USER_INPUT'))
  })
})

describe('an error', () => {
  const codeOf = async (body: unknown, headers?: Record<string, string>) => {
    const answer = await postGraphQL(gateway, body, headers)
    return [answer.status, answer.body.errors?.[0]?.extensions.code]
  }

  it('has the code of what it is', async () => {
    expect(await codeOf({ query: '{ viewer { id ' })).toEqual([200, 'GRAPHQL_PARSE_FAILED'])
    expect(await codeOf({ query: '{ nothing }' })).toEqual([200, 'GRAPHQL_VALIDATION_FAILED'])
    expect(await codeOf({ query: '{ kycApplication(id: 1.5) { id } }' })).toEqual([200, 'GRAPHQL_VALIDATION_FAILED'])
    expect(await codeOf({ query: 'query A { viewer { id } } query B { viewer { id } }' })).toEqual([
      200,
      'BAD_USER_INPUT',
    ])
    expect(await codeOf('{"query": ')).toEqual([400, 'BAD_USER_INPUT'])
    expect(await codeOf('')).toEqual([400, 'BAD_USER_INPUT'])
    expect(await codeOf([whoAmI])).toEqual([400, 'BAD_USER_INPUT'])
    expect(await codeOf({ query: 7 })).toEqual([400, 'BAD_USER_INPUT'])
    expect(await codeOf({ variables: {} })).toEqual([400, 'BAD_USER_INPUT'])
    expect(await codeOf({ query: '{ kycApplications { totalCount } }' })).toEqual([200, 'UNAUTHENTICATED'])
  })

  it('is 400 to a client that takes application/graphql-response+json, when nothing was executed', async () => {
    const accept = { accept: 'application/graphql-response+json' }
    expect(await codeOf({ query: '{ nothing }' }, accept)).toEqual([400, 'GRAPHQL_VALIDATION_FAILED'])
    expect(await codeOf({ query: '{ kycApplications { totalCount } }' }, accept)).toEqual([200, 'UNAUTHENTICATED'])
  })

  it('of the variables names every field at once, from the variable on', async () => {
    const query =
      'mutation M($input: UpdateKycApplicationInput!, $n: Boolean!) { updateKycApplication(input: $input) { application { id } } a: __typename @skip(if: $n) }'
    const variables = { input: { details: { dateOfBirth: 'x" at "nowhere', residenceAddress: { street: 1 } } } }
    const { body } = await postGraphQL(gateway, { query, variables })
    expect(body.data).toBeUndefined()
    expect(body.errors?.map(({ extensions }) => extensions.code)).toEqual(Array(7).fill('BAD_USER_INPUT'))
    const fields = body.errors?.flatMap(({ extensions }) => extensions.fields as { path: string; message: string }[])
    expect(fields?.map(({ path }) => path)).toEqual([
      'applicationId',
      'details.dateOfBirth',
      'details.residenceAddress.city',
      'details.residenceAddress.country',
      'details.residenceAddress.postalCode',
      'details.residenceAddress.street',
      'n',
    ])
    expect(fields?.[5]?.message).toBe('String cannot represent a non string value: 1')
  })

  it('of a literal says where it stands, and in which field', async () => {
    const query = `mutation { updateKycApplication(input: { applicationId: "kyc_x",
      details: { dateOfBirth: "2020-02-31", idDocumentExpiry: "never" } }) { application { id } } }`
    const { body } = await postGraphQL(gateway, { query })
    const message = 'A Date must be a day that exists, as 2026-01-31.'
    const fault = (path: string, column: number) => ({
      locations: [{ line: 2, column }],
      extensions: { code: 'BAD_USER_INPUT', fields: [{ path, message }] },
    })
    expect(body.errors).toMatchObject([fault('details.dateOfBirth', 31), fault('details.idDocumentExpiry', 63)])
  })

  it('of an argument that has no value names it', async () => {
    const query = 'query ($id: ID = "x") { kycApplication(id: $id) { id } }'
    const { body } = await postGraphQL(gateway, { query, variables: { id: null } })
    expect(body.errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', fields: [{ path: 'id' }] })
  })

  it('that nobody foresaw shows nothing of the house; the log says what it was, and nothing of the people', async () => {
    const lines: string[] = []
    const sink = new Writable({
      write(chunk, _encoding, done) {
        lines.push(String(chunk))
        done()
      },
    })
    const other = await stack.startGateway({}, { logger: pino({ level: 'warn' }, sink) })
    await asSuperuser('revoke select on kyc_applications from gatehouse_gateway')
    onTestFinished(() => asSuperuser('grant select on kyc_applications to gatehouse_gateway'))

    const headers = { authorization: `Bearer ${investor.token}`, 'x-request-id': 'the-one' }
    const query = '{ kycApplications(filter: { search: "Canary Passport" }) { nodes { id } } }'
    const { body } = await postGraphQL(other, { query }, headers)
    expect(body.data).toBeNull()
    expect(body.errors).toMatchObject([
      { message: 'Something went wrong.', extensions: { code: 'INTERNAL', requestId: 'the-one' } },
    ])
    expect(JSON.stringify(body)).not.toMatch(/select|permission|kyc_applications|\.ts|node_modules/)

    const logged = lines.find((line) => line.includes('the-one'))
    expect(logged).toContain('permission denied for table kyc_applications')
    expect(logged).toContain('42501')
    expect(lines.join()).not.toMatch(/Canary|select "/)
  })
})

describe('what people say of themselves', () => {
  const signUp = (extra: object) =>
    people(gateway).post('/sign-up/email', {
      email: `${crypto.randomUUID()}@example.com`,
      password: 'correct horse battery',
      name: 'Somebody',
      ...extra,
    })
  const update = (body: object) => people(gateway).post('/update-user', body, investor.token!)

  it('is a name of one line that shows what it is, or none', async () => {
    for (const name of ['Ada\u0000', 'Ada\nLovelace', 'Ada \u202eecalevoL', '\u200b', '  ', 'a'.repeat(101)]) {
      for (const answer of await Promise.all([signUp({ name }), update({ name })])) {
        expect(answer.status, JSON.stringify(name)).toBe(400)
        expect(await answer.json()).toMatchObject({
          code: 'INVALID_NAME',
          errors: [{ extensions: { code: 'BAD_USER_INPUT' } }],
        })
      }
    }
    expect((await update({ name: ['Ada'] })).status).toBe(400)
    expect((await update({ name: '字'.repeat(100) })).status).toBe(200)
    expect((await signUp({ name: '' })).status).toBe(200)
  })

  it('is no image: one is uploaded', async () => {
    for (const image of ['javascript:alert(1)', 'https://example.com/a.png', null]) {
      for (const answer of await Promise.all([signUp({ image }), update({ image })])) {
        expect([answer.status, await answer.json()]).toMatchObject([400, { code: 'INVALID_IMAGE' }])
      }
    }
  })
})

describe('what Better Auth refuses', () => {
  const signUp = (at: TestGateway, email: string) =>
    people(at).post('/sign-up/email', { email, name: 'Canary', password: 'correct horse battery' })

  it('is CSRF_REJECTED when a foreign page may have sent it', async () => {
    for (const from of [{ origin: 'https://evil.example.com' }, { origin: 'null' }, null]) {
      const response = await fetch(`${gateway.url}/api/auth/update-user`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', cookie, ...from },
        body: '{}',
      })
      const answer = { status: response.status, body: await response.json() }
      expect(answer).toMatchObject({ status: 403, body: { errors: [{ extensions: { code: 'CSRF_REJECTED' } }] } })
    }
  })

  it('is UNAVAILABLE when it is the database that is at fault; the log says how, and of nobody', async () => {
    const lines: string[] = []
    const sink = new Writable({
      write(chunk, _encoding, done) {
        lines.push(String(chunk))
        done()
      },
    })
    const logger = pino({ level: 'debug' }, sink)
    const other = await stack.startGateway({ DATABASE_LOCK_TIMEOUT_MS: '200' }, { logger })
    const known = 'canary.known@example.com'
    expect((await signUp(other, known)).status).toBe(200)
    const twice = await signUp(other, known)
    expect([twice.status, await twice.json()]).toMatchObject([
      422,
      { errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] },
    ])

    const holder = new pg.Client(stack.database.superuserUrl)
    await holder.connect()
    onTestFinished(() => holder.end())
    await holder.query('begin; lock table users in share mode')
    const refused = await signUp(other, 'canary.new@example.com')
    expect([refused.status, await refused.json()]).toMatchObject([
      503,
      { errors: [{ extensions: { code: 'UNAVAILABLE', retryable: true } }] },
    ])
    await holder.query('rollback')
    const said = lines.map((line) => JSON.parse(line)).find(({ msg }) => msg === 'Failed to create user')
    expect(said).toMatchObject({
      auth: true,
      err: { message: 'canceling statement due to lock timeout', code: '55P03' },
    })
    expect(lines.join()).not.toMatch(/canary/i)
  })
})

describe('the id of a request', () => {
  const idsOf = async (headers: Record<string, string>) => {
    const answer = await postGraphQL(gateway, { query: '{ nothing }' }, headers)
    const id = answer.headers.get('x-request-id')
    expect(answer.body.errors?.[0]?.extensions.requestId).toBe(id)
    return id
  }

  it('is the client’s when it can stand in a log line', async () => {
    expect(await idsOf({ 'x-request-id': 'Trace_1.2-3' })).toBe('Trace_1.2-3')
  })

  it.each(['', 'a'.repeat(65), 'two words', '<b>', 'a;b'])('is a new one when the client’s is %j', async (given) => {
    expect(await idsOf({ 'x-request-id': given })).toMatch(/^[0-9a-f]{32}$/)
  })
})

describe('the address of a client', () => {
  async function addressAt(at: TestGateway, headers: Record<string, string>) {
    const email = `${crypto.randomUUID()}@example.com`
    const response = await fetch(`${at.url}/api/auth/sign-up/email`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ email, name: 'Somebody', password: 'correct horse battery' }),
    })
    expect(response.status).toBe(200)
    const { rows } = await at.services.pool.query<{ ip: string }>(
      'select ip_address as ip from sessions s join users u on u.id = s.user_id where u.email = $1',
      [email],
    )
    return rows[0]?.ip
  }

  it('is the socket’s, whatever a header says', async () => {
    const said = { 'x-forwarded-for': '6.6.6.6', 'x-gatehouse-address': '6.6.6.6', 'x-real-ip': '6.6.6.6' }
    expect(await addressAt(gateway, said)).toMatch(/^(127\.0\.0\.1|0000:.*1|::1)$/)
  })

  it('is what a trusted proxy says, back to the first hop that nobody vouches for', async () => {
    const behind = await stack.startGateway({ TRUSTED_PROXIES: '127.0.0.1, ::1, 10.0.0.0/8' })
    expect(await addressAt(behind, { 'x-forwarded-for': '6.6.6.6, 203.0.113.7, 10.1.2.3' })).toBe('203.0.113.7')
    expect(await addressAt(behind, { 'x-forwarded-for': '203.0.113.8:4711' })).toBe('203.0.113.8')
    expect(await addressAt(behind, { 'x-forwarded-for': '203.0.113.9, nonsense, 10.1.2.3' })).toBe('10.1.2.3')
  })

  it('is not guessed from a list of proxies that says nothing', async () => {
    await expect(stack.startGateway({ TRUSTED_PROXIES: '10.0.0.0/33' })).rejects.toThrow(
      'TRUSTED_PROXIES: "10.0.0.0/33"',
    )
  })
})

describe('a mutation', () => {
  it('says where it wrote, for the next five seconds', async () => {
    const headers = { authorization: `Bearer ${investor.token}` }
    const query = 'mutation { createKycApplication(input: {}) { application { id } } }'
    const answer = await postGraphQL(gateway, { query }, headers)
    const position = answer.headers.get('x-gatehouse-position') ?? ''
    const { rows } = await gateway.services.pool.query(
      `select max(position)::int as last from events where stream = 'kyc'`,
    )
    expect(decodeCursor(position)).toMatchObject({ kyc: { position: rows[0].last } })
    expect(answer.headers.getSetCookie()).toEqual([
      `x-gatehouse-position=${position}; Path=/; Max-Age=5; HttpOnly; SameSite=Lax`,
    ])
  })

  it('that wrote nothing says nothing', async () => {
    const headers = { authorization: `Bearer ${investor.token}` }
    const query = 'mutation { createKycApplication(input: {}) { application { id } } }'
    const answer = await postGraphQL(gateway, { query }, headers)
    expect(answer.body.errors?.[0]?.extensions.code).toBe('CONFLICT')
    expect(answer.headers.get('x-gatehouse-position')).toBeNull()
  })
})

describe('a query with eventCursor', () => {
  it.each([
    'query { eventCursor a: viewer { id } b: viewer { id } c: viewer { id } d: eventCursor }',
    'query { ...All } fragment All on Query { ... on Query { again: eventCursor } viewer { id } }',
  ])('is read in one snapshot: %s', async (query) => {
    statements.length = 0
    const { body } = await postGraphQL(gateway, { query }, { authorization: `Bearer ${investor.token}` })
    expect(body.errors).toBeUndefined()
    expect(statements[0]).toBe('begin isolation level repeatable read read only')
    expect(statements.at(-1)).toBe('commit')
    expect(statements.length).toBeGreaterThan(3)
  })

  it('is the only one', async () => {
    statements.length = 0
    await postGraphQL(gateway, { query: '{ viewer { id } }' }, { authorization: `Bearer ${investor.token}` })
    expect(statements.join()).toContain('select')
    expect(statements.join()).not.toContain('begin')
  })
})

describe('health', () => {
  it('is told to whoever asks', async () => {
    const alive = await fetch(`${gateway.url}/healthz`)
    expect([alive.status, await alive.json()]).toEqual([200, { status: 'alive' }])
    const ready = await fetch(`${gateway.url}/readyz`)
    expect(ready.status).toBe(200)
    expect(await ready.json()).toEqual({
      status: 'ready',
      dependencies: { database: 'ok', log: 'ok', redis: stack.redis ? 'ok' : 'not configured', objectStore: 'ok' },
    })
  })

  it('is bad without the database, and good again with it; meanwhile everything is UNAVAILABLE, and nothing says why', async () => {
    const own = await stackForTest()
    const way = await wayForTest(own.database.url)
    const cutOff = await own.startGateway({ DATABASE_URL: way.url })
    const person = await people(cutOff).investor()
    const readiness = async () => (await fetch(`${cutOff.url}/readyz`)).status
    expect(await readiness()).toBe(200)
    await way.close()
    await eventually(readiness).toBe(503)
    expect((await fetch(`${cutOff.url}/healthz`)).status).toBe(200)

    const headers = { authorization: `Bearer ${person.token}` }
    const unavailable = { status: 503, body: { errors: [{ extensions: { code: 'UNAVAILABLE', retryable: true } }] } }
    // Nobody is known from memory while the log cannot be compared.
    await eventually(() => postGraphQL(cutOff, whoAmI, headers)).toMatchObject(unavailable)
    const cursor = await postGraphQL(cutOff, { query: '{ eventCursor }' })
    expect(cursor).toMatchObject(unavailable)
    const signIn = await people(cutOff).post('/sign-in/email', { email: person.email, password: person.password })
    const said = { status: signIn.status, body: await signIn.json() }
    expect(said).toMatchObject(unavailable)
    expect(JSON.stringify([cursor.body, said])).not.toMatch(/127\.0\.0\.1|ECONN|select|5432/)

    await way.open()
    await eventually(readiness).toBe(200)
    expect(await postGraphQL(cutOff, whoAmI, headers)).toMatchObject({
      status: 200,
      body: { data: { viewer: { id: person.id } } },
    })
  })
})

describe('a page', () => {
  it('says at / what this is, and leads to GraphiQL; no other page may frame it or run scripts in it', async () => {
    const response = await fetch(`${gateway.url}/`)
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(await response.text()).toContain('href="/graphql"')
    const policy = response.headers.get('content-security-policy')
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).toContain("script-src 'none'")
    expect(policy).not.toContain('unsafe')
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect(response.headers.get('referrer-policy')).toBe('no-referrer')
  })

  it('has no header twice', async () => {
    const { host } = new URL(gateway.url)
    const text = await told(`GET / HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`)
    const [head = ''] = text.split('\r\n\r\n')
    const lines = head.toLowerCase().split('\r\n').slice(1)
    // One that is a list may stand on several lines.
    const names = lines.filter((line) => !line.startsWith('vary: ')).map((line) => line.split(':')[0]!)
    expect(names).toContain('content-security-policy')
    for (const all of [lines, names]) expect(all).toEqual([...new Set(all)])
  })

  it('is sent once', async () => {
    const first = await fetch(`${gateway.url}/graphql`, { headers: { accept: 'text/html' } })
    expect(first.status).toBe(200)
    expect(first.headers.get('content-encoding')).toBe('gzip')
    expect(await first.text()).toContain('YogaGraphiQL')
    const headers = { accept: 'text/html', 'if-none-match': first.headers.get('etag') ?? '' }
    const again = await fetch(`${gateway.url}/graphql`, { headers })
    expect([again.status, await again.text()]).toEqual([304, ''])
    const plain = await fetch(`${gateway.url}/graphql`, {
      headers: { accept: 'text/html', 'accept-encoding': 'identity' },
    })
    expect(plain.headers.get('content-encoding')).toBeNull()
    expect(await plain.text()).toContain('YogaGraphiQL')
  })

  it('of GraphiQL is not there when it is turned off', async () => {
    const quiet = await stack.startGateway({ GRAPHIQL: 'off' })
    expect((await fetch(`${quiet.url}/graphql`, { headers: { accept: 'text/html' } })).status).toBe(405)
    expect(await (await fetch(quiet.url)).text()).not.toContain('href="/graphql"')
  })
})

describe('a subscription over HTTP', () => {
  /** The events of a stream of server-sent events, as they come. */
  async function* eventsOf(response: Response) {
    let text = ''
    for await (const part of response.body!.pipeThrough(new TextDecoderStream())) {
      text += part
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const event = text.slice(0, end)
        text = text.slice(end + 2)
        const data = /^data: (.*)$/m.exec(event)?.[1]
        if (event.startsWith('event: next') && data) yield JSON.parse(data)
      }
    }
  }

  it('comes as server-sent events, with the rights of the moment, and ends when the session has', async () => {
    const seed = people(gateway)
    const [person, reviewer] = await Promise.all([seed.investor(), seed.reviewer()])
    const applicationId = await complete(person)
    const stop = new AbortController()
    onTestFinished(() => stop.abort())
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        authorization: `Bearer ${person.token}`,
      },
      body: JSON.stringify({ query: 'subscription { kycStatusChanges { change { toStatus } } }' }),
      signal: stop.signal,
    })
    expect(response.headers.get('content-type')).toMatch('text/event-stream')
    const events = eventsOf(response)
    await person.get(kycOperations.submit, { id: applicationId })
    expect((await events.next()).value).toEqual({ data: { kycStatusChanges: { change: { toStatus: 'SUBMITTED' } } } })

    await seed.signOut(person.token!)
    await reviewer.get(kycOperations.approve, { id: applicationId })
    expect((await events.next()).value).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
    expect((await events.next()).done).toBe(true)
  })
})

describe('a stream to a slow reader', () => {
  it('waits for the reader, and each wait leaves nothing behind', async () => {
    const listeners: number[] = []
    const sending = createServer((_req, res) => {
      let left = 40
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          listeners.push(res.listenerCount('close') + res.listenerCount('drain'))
          if (left-- === 0) controller.close()
          else controller.enqueue(Buffer.alloc(1024 * 1024, ' '))
        },
      })
      void sendResponse(res, new Response(body, { headers: { 'content-type': 'text/event-stream' } }))
    })
    sending.listen(0)
    onTestFinished(() => void sending.close())
    const response = await fetch(`http://localhost:${(sending.address() as AddressInfo).port}`)
    expect((await response.arrayBuffer()).byteLength).toBe(40 * 1024 * 1024)
    expect(Math.max(...listeners.slice(2)) - Math.min(...listeners.slice(2))).toBeLessThanOrEqual(2)
  })
})
