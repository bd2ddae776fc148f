import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { scopeOf } from '../src/cache/scope.ts'
import { graphql } from './graphql/index.ts'
import { type Asked, askAt, startKnowing } from './harness/cache.ts'
import { cookieOf } from './harness/http.ts'
import { type Person, people, type Stack, startStack, type TestGateway } from './harness/index.ts'
import { draft, submitted } from './harness/kyc.ts'
import { connectForTest, eventually } from './harness/log.ts'

let stack: Stack
let gateway: TestGateway
let investor: Person
let reviewer: Person
const statements: string[] = []

beforeAll(async () => {
  stack = await startStack()
  gateway = await startKnowing(stack, {}, { onQuery: (sql) => statements.push(sql) })
  investor = await people(gateway).investor()
  reviewer = await people(gateway).reviewer()
})
afterAll(() => stack.stop())

const ask = (asked: Asked, headers: Record<string, string> = {}, at = gateway) => askAt(at, asked, headers)

/** Words that make a text one that nobody has sent before. */
let count = 0
const anew = (query: string) => `${query} # ${++count}`
const cacheOf = async (...asked: Parameters<typeof ask>) => (await ask(...asked)).cache

const applications = '{ kycApplications(first: 5) { totalCount nodes { id status user { email } } } }'
const whoAmI = '{ viewer { id email role } }'
const rates = '{ exchangeRates(base: "CHF", quotes: ["EUR"]) { quote rate } }'

describe('a query', () => {
  it('is answered with the same bytes until what it shows changes', async () => {
    const query = anew(applications)
    const applicant = await people(gateway).investor()
    const asking = () => ask(query, reviewer.credential)
    const [first, second] = [await asking(), await asking()]
    expect([first.cache, second.cache, second.text]).toEqual(['miss', 'hit', first.text])
    const id = await submitted(applicant)
    const third = await asking()
    expect(third.cache).toBe('miss')
    expect(JSON.stringify(third.data)).toContain(id)
    expect([(await asking()).cache, (await asking()).text]).toEqual(['hit', third.text])
  })

  it('says how old its answer is', async () => {
    const query = anew(whoAmI)
    expect(await ask(query, investor.credential)).toMatchObject({ cache: 'miss', age: '0' })
    await eventually(async () => Number((await ask(query, investor.credential)).age)).toBeGreaterThan(0)
    expect(await cacheOf(query, investor.credential)).toBe('hit')
  })

  it('asks PostgreSQL nothing when it is answered from memory', async () => {
    const query = anew(applications)
    await ask(query, reviewer.credential)
    const asked = vi.spyOn(gateway.services.pool, 'query')
    statements.length = 0
    expect(await cacheOf(query, reviewer.credential)).toBe('hit')
    expect([statements, asked.mock.calls]).toEqual([[], []])
    asked.mockRestore()
  })

  it('with other variables, another operationName or another text is another', async () => {
    const query = anew('query A($id: ID!) { user(id: $id) { email } } query B($id: ID!) { user(id: $id) { id } }')
    const asking = (operationName: string, id: string) =>
      ask({ query, operationName, variables: { id } }, reviewer.credential)
    const emailOfInvestor = await asking('A', investor.id)
    expect([emailOfInvestor.cache, emailOfInvestor.data]).toEqual(['miss', { user: { email: investor.email } }])
    expect(await asking('A', reviewer.id)).toMatchObject({ cache: 'miss', data: { user: { email: reviewer.email } } })
    expect(await asking('B', investor.id)).toMatchObject({ cache: 'miss', data: { user: { id: investor.id } } })
    expect((await asking('A', investor.id)).cache).toBe('hit')
  })

  it('is answered in the form that is asked for, from memory or not', async () => {
    const query = anew(whoAmI)
    const typeOf = async (accept: string) => {
      const { cache, headers } = await ask(query, { ...investor.credential, accept })
      return [cache, headers.get('content-type'), headers.get('cache-control'), headers.get('content-length')]
    }
    const [, , , length] = await typeOf('application/json')
    const newer = 'application/graphql-response+json'
    expect(await typeOf(newer)).toEqual(['hit', `${newer}; charset=utf-8`, 'no-store', length])
    expect(await typeOf('application/json')).toEqual(['hit', 'application/json; charset=utf-8', 'no-store', length])
    expect(await typeOf('*/*')).toEqual(['hit', 'application/json; charset=utf-8', 'no-store', length])
  })

  it('that wants nothing of a cache gets nothing of it, and leaves nothing there', async () => {
    const query = anew(whoAmI)
    const noStore = { ...investor.credential, 'cache-control': 'max-age=0, no-store' }
    expect(await ask(query, noStore)).toMatchObject({ cache: 'bypass', age: '0' })
    expect(await cacheOf(query, investor.credential)).toBe('miss')
    expect([await cacheOf(query, noStore), await cacheOf(query, investor.credential)]).toEqual(['bypass', 'hit'])
  })
})

describe('what is never kept:', () => {
  it('errors; each is told with the id of its own request', async () => {
    const query = anew('{ kycApplication(id: "kyc_00000000000000000000000000") { id } viewer { id } }')
    const answers = [await ask(query, investor.credential), await ask(query, investor.credential)]
    expect(answers.map(({ cache }) => cache)).toEqual(['miss', 'miss'])
    const ids = answers.map(({ errors, headers }) => [errors?.[0]?.extensions.requestId, headers.get('x-request-id')])
    for (const [said, sent] of ids) expect(said).toBe(sent)
    expect(ids[0]).not.toEqual(ids[1])
  })

  it.each(['{ eventCursor }', '{ __schema { queryType { name } } }', '{ viewer { id } eventCursor }'])(
    '%s',
    async (query) => {
      for (const _ of [1, 2]) expect(await cacheOf(query, investor.credential)).toBe('bypass')
    },
  )

  it('mutations', async () => {
    const query = 'mutation { updateUserSettings(input: { locale: "nl-NL" }) { settings { locale } } }'
    for (const _ of [1, 2]) {
      const { cache, age, data } = await ask(query, investor.credential)
      expect([cache, age, data]).toEqual([null, null, { updateUserSettings: { settings: { locale: 'nl-NL' } } }])
    }
  })

  it('what is refused before it is executed', async () => {
    for (const query of ['{', '{ nothing }', '{ viewer { id } '.repeat(3)]) {
      for (const _ of [1, 2]) expect((await ask(query, investor.credential)).cache).not.toBe('hit')
    }
  })
})

describe('an answer for one viewer', () => {
  it('never reaches another, whatever both have in common', async () => {
    const query = anew(whoAmI)
    const seed = people(gateway)
    const admin = await seed.admin()
    const key = await seed.key({ owner: admin, scopes: ['kyc:read'] })
    const other = await seed.key({ owner: admin, scopes: ['kyc:read', 'rates:read'] })
    const everybody = [investor, await seed.investor(), reviewer, admin]
    for (const round of ['miss', 'hit']) {
      for (const { credential, id, email } of everybody) {
        expect(await ask(query, credential)).toMatchObject({ cache: round, data: { viewer: { id, email } } })
      }
      for (const credential of [key.credential, other.credential, {}]) {
        expect(await ask(query, credential)).toMatchObject({ data: { viewer: null }, cache: round })
      }
    }
  })

  it('is the same in each of their sessions, by cookie or by token', async () => {
    const query = anew(whoAmI)
    const origin = gateway.services.publicUrl
    expect(await cacheOf(query, investor.credential)).toBe('miss')
    const token = await people(gateway).signIn(investor.email)
    // Signing in is an event about them.
    expect(await cacheOf(query, { authorization: `Bearer ${token}` })).toBe('miss')
    const cookie = await cookieOf(gateway, investor)
    expect(await cacheOf(query, { cookie, origin })).toBe('miss')
    expect(await cacheOf(query, { authorization: `Bearer ${token}` })).toBe('hit')
    expect(await ask(query, { cookie, origin })).toMatchObject({ cache: 'hit', data: { viewer: { id: investor.id } } })
  })

  it('cannot be got at by a body that looks like the place where it is kept', async () => {
    const query = anew(whoAmI)
    await ask(query, investor.credential)
    const body = JSON.stringify({ query })
    const viewer = await gateway.services.viewers.resolve(investor.token!)
    expect(gateway.services.answers.find({ scope: scopeOf(viewer), asked: body })).not.toBeNull()
    for (const scope of [scopeOf(viewer), 'public', 'anonymous']) {
      const response = await fetch(`${gateway.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: `${scope}\n${body}`,
      })
      expect([response.status, response.headers.get('x-cache')]).toEqual([400, null])
    }
  })
})

describe('D24: rights', () => {
  it('a reviewer who is demoted between two identical queries is refused the second', async () => {
    const [admin, demoted] = [await people(gateway).admin(), await people(gateway).reviewer()]
    const query = anew('{ users(first: 3) { totalCount } }')
    expect(await cacheOf(query, demoted.credential)).toBe('miss')
    expect(await cacheOf(query, demoted.credential)).toBe('hit')
    const { errors } = await admin.ask(setRole, { id: demoted.id })
    expect(errors).toEqual([])
    const refused = await ask(query, demoted.credential)
    expect([refused.cache, refused.errors?.[0]?.extensions.code]).toEqual(['miss', 'FORBIDDEN'])
  })

  it('a banned user, and one who has signed out, is nobody: what was theirs is not shown', async () => {
    const [admin, banned, gone] = await Promise.all([
      people(gateway).admin(),
      people(gateway).investor(),
      people(gateway).investor(),
    ])
    const query = anew(whoAmI)
    for (const { credential, id } of [banned, gone]) {
      expect((await ask(query, credential)).data).toMatchObject({ viewer: { id } })
    }
    const ban = `mutation { banUser(input: { userId: "${banned.id}", reason: "Fraud" }) { user { banned } } }`
    expect((await ask(ban, admin.credential)).errors).toBeUndefined()
    await people(gateway).signOut(gone.token!)
    for (const { credential } of [banned, gone]) {
      expect((await ask(query, credential)).data).toEqual({ viewer: null })
    }
  })
})
const setRole = graphql(
  `mutation DemoteForCache($id: ID!) { setUserRole(input: { userId: $id, role: INVESTOR }) { user { role } } }`,
)

describe('an answer for everybody', () => {
  it('is made once, as for nobody, and given to all, whoever they say that they are', async () => {
    const query = anew(rates)
    const first = await ask(query, investor.credential)
    expect(first.cache).toBe('miss')
    const asked = vi.spyOn(gateway.services.pool, 'query')
    const { key } = await people(gateway).key({ owner: reviewer, scopes: ['rates:read'] })
    asked.mockClear()
    for (const headers of [{}, reviewer.credential, { authorization: 'Bearer nobody-has-this' }]) {
      expect(await ask(query, headers)).toMatchObject({ cache: 'hit', text: first.text })
    }
    // Not even who asks was looked up.
    expect(asked).not.toHaveBeenCalled()
    asked.mockRestore()
    expect(await ask(query, { 'x-api-key': key })).toMatchObject({ cache: 'hit', text: first.text })
  })

  it('is counted against the plan of a key like any other', async () => {
    const strict = await stack.startGateway({ API_KEY_PLANS: 'tiny:3' })
    const key = await people(strict).key({ owner: reviewer, scopes: ['rates:read'] })
    const codes = []
    for (let n = 0; n < 5; n++)
      codes.push((await ask(anew(rates).slice(0, -3), key.credential, strict)).errors?.[0]?.extensions.code)
    expect(codes.filter((code) => code === 'RATE_LIMITED').length).toBe(2)
    await strict.close()
  })

  it('is not made for everybody together with what is not', async () => {
    const query = anew('{ exchangeRates(base: "CHF", quotes: ["EUR"]) { rate } viewer { email } }')
    expect((await ask(query, investor.credential)).data).toMatchObject({ viewer: { email: investor.email } })
    expect(await ask(query)).toMatchObject({ cache: 'miss', data: { viewer: null } })
  })
})

/** Nobody reads rates until it is opened. */
async function lockRates() {
  const client = await connectForTest(stack.database.superuserUrl)
  await client.query('begin; lock table exchange_rates in access exclusive mode')
  return {
    open: () => client.query('rollback'),
    waiting: async () => {
      const { rowCount } = await client.query(
        `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
      )
      return rowCount
    },
  }
}

describe('D16: many who ask at once', () => {
  it('are answered by one execution, each with the whole', async () => {
    const query = anew(rates)
    const lock = await lockRates()
    statements.length = 0
    const asking = Array.from({ length: 200 }, (_, n) => ask(query, n % 2 ? investor.credential : {}))
    await eventually(lock.waiting).toBe(1)
    await eventually(() => gateway.services.answers.kept().flights).toBe(1)
    await lock.open()
    const answers = await Promise.all(asking)
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    expect(statements.filter((sql) => sql.includes('exchange_rates')).length).toBe(1)
    expect(answers.filter(({ cache }) => cache === 'miss').length).toBe(1)
  })

  it('do not depend on the one who asked first', async () => {
    const query = anew(rates)
    const lock = await lockRates()
    statements.length = 0
    const leaving = new AbortController()
    const left = fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
      signal: leaving.signal,
    }).catch(() => 'gone')
    await eventually(lock.waiting).toBe(1)
    const staying = ask(query)
    leaving.abort()
    expect(await left).toBe('gone')
    await lock.open()
    expect(await staying).toMatchObject({ data: { exchangeRates: [{ quote: 'EUR' }] } })
    expect(statements.filter((sql) => sql.includes('exchange_rates')).length).toBe(1)
    expect(await cacheOf(query)).toBe('hit')
  })
})

describe('D18, D19: an answer that was read before a change, and comes after it', () => {
  it('is not kept', async () => {
    const applicant = await people(gateway).investor()
    const id = await draft(applicant)
    const query = anew('{ viewer { kycStatus } kycApplications(first: 1) { nodes { id version } } }')
    const { pool } = gateway.services
    const asked = pool.query.bind(pool)
    const slow = vi.spyOn(pool, 'query').mockImplementation((async (...args: unknown[]) => {
      const answer = await (asked as (...args: unknown[]) => Promise<unknown>)(...args)
      const statement = args[0] as { text?: string } | string
      if ((typeof statement === 'string' ? statement : (statement.text ?? '')).includes('kyc_applications')) {
        slow.mockRestore()
        await applicant.get(update, { id })
      }
      return answer
    }) as never)
    const before = await ask(query, applicant.credential)
    expect(before.cache).toBe('miss')
    const after = await ask(query, applicant.credential)
    expect(after.cache).toBe('miss')
    expect(after.text).not.toBe(before.text)
  })
})
const update = graphql(
  `mutation UpdateForCache($id: ID!) {
    updateKycApplication(input: { applicationId: $id, details: { firstName: "Other" } }) { application { version } }
  }`,
)
