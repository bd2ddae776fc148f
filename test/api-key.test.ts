import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest'
import WebSocket from 'ws'
import { storedKeyOf } from '../src/auth/api-key.ts'
import { decodeCursor } from '../src/log/cursor.ts'
import { listApiKeys, revokeApiKey } from '../src/resolvers/api-key.ts'
import { graphql } from './graphql/index.ts'
import { runCommand } from './harness/command.ts'
import { cookieOf, postGraphQL } from './harness/http.ts'
import { type Person, people, type Stack, startStack, type TestGateway } from './harness/index.ts'
import { approved, kycOperations, submitted } from './harness/kyc.ts'
import { connectForTest, eventually } from './harness/log.ts'

const plans = 'standard:600,partner:6000,tiny:3'
const hasRedis = inject('stack').name === 'services'

let stack: Stack
let gateway: TestGateway
let seed: ReturnType<typeof people>
let admin: Person
let investor: Person
let application: string

beforeAll(async () => {
  stack = await startStack()
  gateway = await stack.startGateway({ API_KEY_PLANS: plans })
  seed = people(gateway)
  admin = await seed.admin()
  investor = await seed.investor()
  application = await submitted(investor)
})
afterAll(() => stack.stop())

const statuses = '{ kycApplications { nodes { id status } } }'
const partner = (options: Partial<Parameters<typeof seed.key>[0]> = {}) =>
  seed.key({ owner: admin, scopes: ['kyc:read'], ...options })
const codeOf = async (at: TestGateway, key: string, query = statuses) =>
  (await postGraphQL(at, { query }, { 'x-api-key': key })).body.errors?.[0]?.extensions.code ?? null

/** What the log has of a key. */
async function eventsOf(keyId: string) {
  const { rows } = await gateway.services.pool.query(
    `select type, subject_id, actor_id, tags, payload from events where stream = 'accounts' and payload ->> 'keyId' = $1
     order by position`,
    [keyId],
  )
  return rows
}

/** A socket that says in its first message who it is. */
function connect(payload: Record<string, unknown>, headers: Record<string, string> = {}, at = gateway) {
  const socket = new WebSocket(`${at.url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws', { headers })
  onTestFinished(() => socket.terminate())
  socket.on('error', () => {})
  const messages: { type: string; id?: string; payload?: unknown }[] = []
  socket.on('message', (data) => messages.push(JSON.parse(String(data))))
  socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload })))
  const closed = once(socket, 'close').then(([code]) => code as number)
  return { socket, messages, closed, acknowledged: () => messages.some(({ type }) => type === 'connection_ack') }
}

describe('the commands', () => {
  const gatehouse = (...words: string[]) => runCommand(words, { ...stack.environment, API_KEY_PLANS: 'a:60,b:6000' })
  const create = (...more: string[]) =>
    gatehouse('key', 'create', '--owner', admin.email, '--name', 'A partner', ...more)

  it('make a key that works at once, list it, and end it', async () => {
    const made = await create('--scopes', 'kyc:read, rates:read', '--plan', 'b', '--expires-days', '30')
    expect(made.code).toBe(0)
    expect(made.stdout).toMatch(/^gh_[A-Za-z]{64}\n$/)
    const key = made.stdout.trim()
    const [id = ''] = /apikey_\w+/.exec(made.stderr) ?? []
    expect(made.stderr).toContain(admin.email)
    expect(made.stderr).not.toContain('Warning')
    expect(made.stderr).toMatch(/kyc:read, rates:read\n.*b: 6000 requests a minute\n.*expires {2}\d{4}-/)
    expect(await codeOf(gateway, key)).toBeNull()

    const lineOf = async () => {
      const { code, stdout } = await gatehouse('key', 'list')
      expect(code).toBe(0)
      expect(stdout).not.toContain(key.slice(6))
      expect(stdout).toMatch(/^id +name +owner +scopes +plan +created +last used +expires +state\n/)
      return stdout
        .split('\n')
        .find((line) => line.startsWith(id))
        ?.split(/ {2,}/)
    }
    const moment = expect.stringMatching(/^\d{4}-\d\d-\d\dT/)
    const facts = [id, 'A partner', admin.email, 'kyc:read,rates:read', 'b', moment]
    await eventually(lineOf).toEqual([...facts, moment, moment, 'active'])

    const revoked = await gatehouse('key', 'revoke', id)
    expect(revoked).toMatchObject({ code: 0, output: `The API key ${id} is good for nothing any more.\n` })
    await eventually(() => codeOf(gateway, key)).toBe('UNAUTHENTICATED')
    expect((await lineOf())?.at(-1)).toBe('revoked')
  })

  it('say what is wrong in a sentence, and make nothing', async () => {
    const count = async () => (await gateway.services.pool.query('select from api_keys')).rowCount
    const before = await count()
    const misuse: [string[], string][] = [
      [['--scopes', 'kyc:read,kyc:decide'], 'There is no scope "kyc:decide": the scopes are transfers:write,'],
      [['--scopes', ','], 'There is no scope ""'],
      [['--scopes', 'kyc:read', '--plan', 'gold'], 'There is no plan "gold": the plans are a, b (API_KEY_PLANS).'],
      [['--scopes', 'kyc:read', '--expires-days', '0'], 'expiresInDays: Must be a whole number from 1 to 3650.'],
      [['--scopes', 'kyc:read', '--expires-days', 'soon'], 'expiresInDays: Must be a whole number from 1 to 3650.'],
      [['--scopes', 'kyc:read', '--name', 'a\u202Eb'], 'name: Must not have control or invisible characters.'],
      [[], 'Usage: gatehouse key create --owner'],
      [['--scopes', 'kyc:read', '--colour', 'red'], "Unknown option '--colour'"],
    ]
    for (const [words, sentence] of misuse) {
      const { code, stdout, stderr } = await create(...words)
      expect(stderr).toContain(sentence)
      expect([code, stdout]).toEqual([2, ''])
    }
    const unknown = ['key', 'create', '--owner', 'nobody@example.com', '--name', 'x', '--scopes', 'kyc:read']
    expect(await gatehouse(...unknown)).toMatchObject({
      code: 1,
      output: 'A user with the e-mail address nobody@example.com was not found.\n',
    })
    expect(await gatehouse('key', 'revoke')).toMatchObject({ code: 2, output: 'Usage: gatehouse key revoke <id>\n' })
    expect(await gatehouse('key', 'revoke', 'apikey_none')).toMatchObject({
      code: 1,
      output: 'An API key with the id apikey_none was not found.\n',
    })
    expect(await count()).toBe(before)
  }, 120_000)
})

describe('a key', () => {
  it('is in the database as a digest alone, and in the log by its id', async () => {
    const { id, key } = await partner({ name: 'Secret partner' })
    const { rows } = await gateway.services.pool.query('select * from api_keys where id = $1', [id])
    expect(rows[0].key).toBe(storedKeyOf(key))
    expect(JSON.stringify(rows)).not.toContain(key.slice(6))
    const events = await eventsOf(id)
    expect(events).toEqual([
      {
        type: 'api_key.created',
        subject_id: admin.id,
        actor_id: null,
        tags: ['credentials', `user:${admin.id}`, `api_key:${id}`],
        payload: { keyId: id, permissions: '{"kyc":["read"]}', expiresAt: null },
      },
    ])
  })

  it('leaves an event when it changes, and none when it is used', async () => {
    const { id, key } = await partner()
    const { services } = gateway
    const [set] = [(change: string) => services.pool.query(`update api_keys set ${change} where id = $1`, [id])]
    expect(await codeOf(gateway, key)).toBeNull()
    await set(`last_request = now(), request_count = 7`)
    await set(`permissions = '{"rates":["read"]}', metadata = '{"plan":"partner"}'`)
    await eventually(() => codeOf(gateway, key)).toBe('FORBIDDEN')
    await set(`name = 'Another name', expires_at = now() + interval '1 day'`)
    await revokeApiKey({ services }, { keyId: id })
    await revokeApiKey({ services }, { keyId: id })
    await set('enabled = true')
    await services.pool.query('delete from api_keys where id = $1', [id])
    const shown = (await eventsOf(id)).map(({ type, payload }) => [type, payload.fields])
    expect(shown).toEqual([
      ['api_key.created', undefined],
      ['api_key.changed', ['permissions', 'plan']],
      ['api_key.changed', ['expiresAt', 'name']],
      ['api_key.revoked', undefined],
      ['api_key.changed', ['enabled']],
      ['api_key.deleted', undefined],
    ])
  })

  it('that has expired is removed when another is made, and the log keeps that it was there', async () => {
    const { id, key } = await partner({ expiresInDays: 1 })
    await gateway.services.pool.query(`update api_keys set expires_at = now() - interval '1 s' where id = $1`, [id])
    await partner()
    expect((await eventsOf(id)).map(({ type, actor_id }) => [type, actor_id]).at(-1)).toEqual(['api_key.deleted', null])
    await eventually(() => codeOf(gateway, key)).toBe('UNAUTHENTICATED')
  })

  it('never becomes somebody else’s', async () => {
    const { id } = await partner()
    const change = gateway.services.pool.query('update api_keys set reference_id = $2 where id = $1', [id, investor.id])
    await expect(change).rejects.toThrow('the owner and the hash of an API key never change')
  })

  it('is nobody’s when it expires, when it is revoked, when its owner is banned, and when it was never made', async () => {
    const owner = await seed.investor()
    const [expiring, revoked, ofBanned] = [await partner(), await partner(), await partner({ owner })]
    for (const { key } of [expiring, revoked, ofBanned]) expect(await codeOf(gateway, key)).toBeNull()
    await gateway.services.pool.query(`update api_keys set expires_at = now() + interval '300 ms' where id = $1`, [
      expiring.id,
    ])
    await revokeApiKey({ services: gateway.services }, { keyId: revoked.id })
    const ban = 'mutation($id: ID!) { banUser(input: { userId: $id, reason: "Fraud" }) { user { banned } } }'
    await postGraphQL(gateway, { query: ban, variables: { id: owner.id } }, admin.credential)
    for (const { key } of [expiring, revoked, ofBanned]) {
      await eventually(() => codeOf(gateway, key)).toBe('UNAUTHENTICATED')
    }
    for (const key of ['', 'gh_', `gh_${'a'.repeat(64)}`, investor.token!]) {
      expect(await codeOf(gateway, key)).toBe('UNAUTHENTICATED')
    }
    await expect(partner({ owner })).rejects.toThrow('is banned')
    const listed = await listApiKeys({ services: gateway.services })
    const stateOf = (made: { id: string }) => listed.find(({ id }) => id === made.id)?.state
    expect([expiring, revoked, ofBanned].map(stateOf)).toEqual(['expired', 'revoked', 'owner banned'])
  })

  it('that is revoked in one process is refused by another, with a doorbell and without', async () => {
    const elsewhere = await stack.startGateway()
    const { id, key } = await partner()
    for (const at of [gateway, elsewhere]) expect(await codeOf(at, key)).toBeNull()
    await revokeApiKey({ services: gateway.services }, { keyId: id })
    expect(await codeOf(gateway, key)).toBe('UNAUTHENTICATED')
    await eventually(() => codeOf(elsewhere, key)).toBe('UNAUTHENTICATED')
  })

  it('is remembered: using it again costs no statement', async () => {
    const statements: string[] = []
    const counting = await stack.startGateway()
    const { pool } = counting.services
    const query = pool.query.bind(pool)
    pool.query = ((...args: unknown[]) => {
      statements.push(JSON.stringify(args[0]))
      return (query as (...args: unknown[]) => unknown)(...args)
    }) as typeof pool.query
    const { key } = await partner()
    // That the key was made is an event about its owner: one that comes later costs another look.
    await counting.services.tails.of('accounts').look()
    const lookUps = () => statements.filter((text) => text.includes('viewer of key')).length
    for (let n = 0; n < 5; n++) {
      expect(await codeOf(counting, key, '{ viewer { id } }')).toBeNull()
    }
    expect(lookUps()).toBe(1)
    for (let n = 0; n < 5; n++) await codeOf(counting, 'gh_nonsense', '{ viewer { id } }')
    expect(lookUps()).toBe(1)
  })
})

describe('what rides along with a key', () => {
  const whoAmI = '{ viewer { id } kycApplications { nodes { id status user { id } } } }'
  const seen = async (headers: Record<string, string>) =>
    (await postGraphQL(gateway, { query: whoAmI }, headers)).body.data

  it('does not make the request a user’s: neither a cookie nor a bearer token', async () => {
    const cookie = await cookieOf(gateway, investor)
    const { key } = await partner({ scopes: ['rates:read'] })
    const sessions: Record<string, string>[] = [{ cookie }, investor.credential]
    for (const session of sessions) {
      const asKey = await postGraphQL(gateway, { query: whoAmI }, { ...session, 'x-api-key': key })
      expect(asKey.body).toMatchObject({ data: null, errors: [{ extensions: { code: 'FORBIDDEN' } }] })
      const asNobody = await postGraphQL(gateway, { query: '{ viewer { id } }' }, { ...session, 'x-api-key': 'x' })
      expect(asNobody.body).toEqual({ data: { viewer: null } })
    }
  })

  it('is no Origin: a key is not sent by a browser on its own', async () => {
    const { key } = await partner()
    const data = await seen({ 'x-api-key': key, origin: 'https://partner.example.com' })
    expect(data).toMatchObject({ viewer: null, kycApplications: { nodes: expect.any(Array) } })
  })

  it('may be asked for by a page of a trusted origin', async () => {
    const answer = await fetch(`${gateway.url}/graphql`, {
      method: 'OPTIONS',
      headers: {
        origin: gateway.url,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'x-api-key',
      },
    })
    expect(answer.headers.get('access-control-allow-headers')).toContain('x-api-key')
  })

  it('does nothing at the addresses of accounts', async () => {
    const { key } = await partner()
    const answer = await fetch(`${gateway.url}/api/auth/get-session`, { headers: { 'x-api-key': key } })
    expect(await answer.json()).toBeNull()
  })
})

it.each([
  ['POST', 'create'],
  ['POST', 'verify'],
  ['GET', 'get?id=apikey_1'],
  ['POST', 'update'],
  ['POST', 'delete'],
  ['GET', 'list'],
  ['POST', 'delete-all-expired-api-keys'],
])(
  'nobody manages keys over HTTP: %s /api/auth/api-key/%s is not there, not for an admin either',
  async (method, path) => {
    const answer = await fetch(`${gateway.url}/api/auth/api-key/${path}`, {
      method,
      headers: { 'content-type': 'application/json', origin: gateway.url, ...admin.credential },
      ...(method === 'POST' && { body: '{"name":"mine"}' }),
    })
    expect(answer.status).toBe(404)
  },
)

describe('what a key reads', () => {
  const submittedOnes = graphql(`
    query KeyReadsStatuses($filter: KycApplicationFilter) {
      kycApplications(filter: $filter) { totalCount nodes { id status } }
    }
  `)
  const node = graphql(`
    query KeyReadsNode($id: ID!) { node(id: $id) { id } }
  `)

  it('is where the applications stand that were submitted: no drafts, not its owner’s either', async () => {
    const owner = await seed.reviewer()
    const { createKycApplication } = await owner.get(kycOperations.create, { details: {} })
    const draftId = createKycApplication.application.id
    const reader = await partner({ owner })
    const { kycApplications } = await reader.get(submittedOnes)
    expect(kycApplications.nodes).toContainEqual({ id: application, status: 'SUBMITTED' })
    expect(kycApplications.nodes.map(({ id }) => id)).not.toContain(draftId)
    expect(kycApplications.totalCount).toBe(kycApplications.nodes.length)
    expect(await reader.refusal(node, { id: draftId })).toMatchObject({ code: 'NOT_FOUND' })
    expect(await reader.get(submittedOnes, { filter: { userId: investor.id } })).toEqual({
      kycApplications: { totalCount: 1, nodes: [{ id: application, status: 'SUBMITTED' }] },
    })
  })

  it('is not found by what it is not shown', async () => {
    const reader = await partner()
    for (const search of ['Ines', 'P1234567', investor.email, '', ' ']) {
      expect(await reader.refusal(submittedOnes, { filter: { search } })).toMatchObject({ code: 'FORBIDDEN' })
    }
  })

  it('has no people and no documents by their ids', async () => {
    const reader = await partner()
    const { rows } = await gateway.services.pool.query('select id from kyc_documents where application_id = $1', [
      application,
    ])
    expect(rows.length).toBeGreaterThan(0)
    for (const id of [...rows.map(({ id }) => id), investor.id, admin.id]) {
      expect(await reader.refusal(node, { id })).toMatchObject({ code: 'NOT_FOUND' })
    }
  })

  it('is as much as its scopes say', async () => {
    const { key } = await partner({ scopes: ['rates:read', 'transfers:read', 'transfers:write', 'introspect'] })
    expect(await codeOf(gateway, key)).toBe('FORBIDDEN')
    expect(await codeOf(gateway, key, `{ kycApplication(id: "${application}") { id } }`)).toBe('FORBIDDEN')
    expect(await codeOf(gateway, key, `{ node(id: "${application}") { id } }`)).toBe('NOT_FOUND')
    expect(await codeOf(gateway, key, 'subscription { kycStatusChanges { cursor } }')).toBe('FORBIDDEN')
  })

  it('goes on from a cursor that covers what it may follow', async () => {
    const places = async (scopes: Parameters<typeof seed.key>[0]['scopes']) => {
      const { body } = await postGraphQL(gateway, { query: '{ eventCursor }' }, (await partner({ scopes })).credential)
      return Object.keys(decodeCursor(String(body.data?.eventCursor))).sort()
    }
    expect(await places(['introspect'])).toEqual(['rates'])
    expect(await places(['kyc:read'])).toEqual(['kyc', 'rates'])
    expect(await places(['transfers:read', 'kyc:read'])).toEqual(['kyc', 'rates', 'transfers'])
  })
})

describe('over a WebSocket', () => {
  const changes = graphql(`
    subscription KeyFollowsStatuses {
      kycStatusChanges {
        change { toStatus reason changedBy { id } }
        application { id firstName reviewedBy { id } user { email name } }
      }
    }
  `)

  it('a key follows the statuses of all, and sees nobody', async () => {
    const reader = await partner()
    const reviewer = await seed.reviewer('Rita Reviewer')
    const subscription = reader.subscribe(changes)
    await eventually(() => gateway.services.tails.of('kyc').waiting).toBeGreaterThan(0)
    const person = await seed.investor('Paula Private')
    const id = await approved(person, reviewer)
    const shown = { id, firstName: null, reviewedBy: null, user: { email: null, name: null } }
    for (const toStatus of ['SUBMITTED', 'APPROVED']) {
      expect(await subscription.next()).toEqual({
        kycStatusChanges: { change: { toStatus, reason: null, changedBy: null }, application: shown },
      })
    }
    await reader.close()
  })

  it.each(['x-api-key', 'X-API-Key'])('a key is named as %s', async (name) => {
    const { key } = await partner()
    const { acknowledged } = connect({ [name]: key, authorization: 'Bearer nobody' })
    await eventually(acknowledged).toBe(true)
  })

  it.each(['', 'nonsense', `gh_${'a'.repeat(64)}`])('the key %j is refused, a cookie beside it or not', async (key) => {
    expect(await connect({ 'x-api-key': key }).closed).toBe(4403)
    const cookie = await cookieOf(gateway, investor)
    expect(await connect({ 'x-api-key': key }, { cookie, origin: gateway.url }).closed).toBe(4403)
    expect(await connect({}, { 'x-api-key': key }).closed).toBe(4403)
  })

  it('a key that is revoked loses its sockets on every process; its owner’s session and other keys keep theirs', async () => {
    const elsewhere = await stack.startGateway()
    const [ending, staying] = [await partner(), await partner()]
    const sockets = [gateway, elsewhere].map((at) => connect({ 'x-api-key': ending.key }, {}, at))
    const others = [connect({ 'x-api-key': staying.key }), connect({ authorization: `Bearer ${admin.token}` })]
    for (const { acknowledged } of [...sockets, ...others]) await eventually(acknowledged).toBe(true)
    await revokeApiKey({ services: gateway.services }, { keyId: ending.id })
    for (const { closed } of sockets) expect(await closed).toBe(4410)
    for (const { socket } of others) expect(socket.readyState).toBe(WebSocket.OPEN)
  })
})

describe('the plan of a key', () => {
  const ask = (at: TestGateway, key: string, query = '{ viewer { id } }') =>
    postGraphQL(at, { query }, { 'x-api-key': key })

  it('bounds what it asks in a minute, whatever it asks, and says when to come back; others are not bound by it', async () => {
    const [key, other] = [await partner({ plan: 'tiny' }), await partner({ plan: 'tiny' })]
    expect((await ask(gateway, key.key)).status).toBe(200)
    expect((await ask(gateway, key.key, '{ nonsense')).body.errors?.[0]?.extensions.code).toBe('GRAPHQL_PARSE_FAILED')
    expect((await ask(gateway, key.key, statuses)).status).toBe(200)
    const { status, headers, body } = await ask(gateway, key.key)
    expect(status).toBe(429)
    const retryAfter = Number(headers.get('retry-after'))
    expect(retryAfter).toBeGreaterThan(50)
    expect(retryAfter).toBeLessThanOrEqual(61)
    expect(body).toEqual({
      errors: [
        {
          message: `The plan tiny has 3 requests a minute: ask again in ${retryAfter} s.`,
          extensions: { code: 'RATE_LIMITED', requestId: expect.any(String), retryAfterSeconds: retryAfter },
        },
      ],
    })
    expect((await ask(gateway, other.key)).status).toBe(200)
    for (let n = 0; n < 5; n++) {
      expect((await postGraphQL(gateway, { query: statuses }, admin.credential)).status).toBe(200)
    }
  })

  it('bounds the operations over a socket, too, which stays open', async () => {
    const { credential } = await partner({ plan: 'tiny' })
    const { socket, messages, acknowledged } = connect(credential)
    await eventually(acknowledged).toBe(true)
    for (const id of ['1', '2', '3', '4']) {
      socket.send(JSON.stringify({ type: 'subscribe', id, payload: { query: statuses } }))
      await eventually(() => messages.some((message) => message.id === id)).toBe(true)
    }
    expect(messages.filter(({ type }) => type === 'next')).toHaveLength(3)
    expect(messages.find(({ id }) => id === '4')).toMatchObject({
      type: 'error',
      payload: [{ extensions: { code: 'RATE_LIMITED', retryAfterSeconds: expect.any(Number) } }],
    })
    expect(socket.readyState).toBe(WebSocket.OPEN)
  })

  it.skipIf(!hasRedis)('is for all processes together', async () => {
    const elsewhere = await stack.startGateway({ API_KEY_PLANS: plans })
    const { key } = await partner({ plan: 'tiny' })
    const statusCodes = []
    for (const at of [gateway, elsewhere, gateway, elsewhere]) statusCodes.push((await ask(at, key)).status)
    expect(statusCodes).toEqual([200, 200, 200, 429])
  })

  it('that is not configured any more is the first', async () => {
    const { key } = await partner({ plan: 'partner' })
    const later = await stack.startGateway({ API_KEY_PLANS: 'least:1' })
    expect((await ask(later, key)).status).toBe(200)
    expect((await ask(later, key)).body.errors?.[0]?.message).toContain('The plan least has 1 requests a minute')
  })
})

describe('the schema', () => {
  const questions = [
    '{ __schema { queryType { name } } }',
    '{ __type(name: "User") { name } }',
    '{ ...a } fragment a on Query { ... on Query { alias: __schema { queryType { name } } } }',
  ]

  it('is for anybody where there is GraphiQL', async () => {
    for (const query of questions) {
      expect((await postGraphQL(gateway, { query })).body.errors).toBeUndefined()
    }
  })

  it('is for admins and for keys with the scope where there is none, over HTTP and over a socket', async () => {
    const closed = await stack.startGateway({ GRAPHIQL: 'off' })
    const [explorer, reader] = [await partner({ scopes: ['introspect'] }), await partner()]
    const askers = [
      { headers: {}, allowed: false },
      { headers: investor.credential, allowed: false },
      { headers: (await seed.reviewer()).credential, allowed: false },
      { headers: reader.credential, allowed: false },
      { headers: explorer.credential, allowed: true },
      { headers: admin.credential, allowed: true },
    ]
    for (const { headers, allowed } of askers) {
      const { socket, messages, acknowledged } = connect(headers, {}, closed)
      await eventually(acknowledged).toBe(true)
      for (const [index, query] of questions.entries()) {
        const code = allowed ? undefined : 'FORBIDDEN'
        const { body } = await postGraphQL(closed, { query }, headers)
        expect(body.errors?.[0]?.extensions.code, query).toBe(code)
        const id = String(index)
        socket.send(JSON.stringify({ type: 'subscribe', id, payload: { query } }))
        const answer = () => messages.find((message) => message.id === id)?.payload
        await eventually(answer).toBeDefined()
        const { errors } = answer() as { errors?: { extensions: { code: string } }[] }
        expect(errors?.[0]?.extensions.code, query).toBe(code)
      }
      const { body } = await postGraphQL(closed, { query: '{ __typename viewer { __typename } }' }, headers)
      expect(body.data).toMatchObject({ __typename: 'Query' })
    }
  })
})

describe('the last use of a key', () => {
  it('is written at the end of a process at the latest', async () => {
    const brief = await stack.startGateway()
    const [used, unused] = [await partner(), await partner()]
    const client = await connectForTest(stack.database.superuserUrl)
    const lastUse = async (id: string): Promise<Date | null> =>
      (await client.query('select last_request from api_keys where id = $1', [id])).rows[0].last_request
    expect(await codeOf(brief, used.key)).toBeNull()
    await brief.close()
    const first = await lastUse(used.id)
    expect(first).toBeInstanceOf(Date)
    expect(await lastUse(unused.id)).toBeNull()
  })
})
