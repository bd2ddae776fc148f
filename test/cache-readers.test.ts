import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Asked, askAt, startKnowing } from './harness/cache.ts'
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

const ask = (asked: Asked, credential: Record<string, string> = {}) => askAt(gateway, asked, credential)
const textOf = async (...asked: Parameters<typeof ask>) => (await ask(...asked)).text
const cacheOf = async (...asked: Parameters<typeof ask>) => (await ask(...asked)).cache
const kept = (...asked: Parameters<typeof ask>) => eventually(() => cacheOf(...asked)).toBe('hit')

describe('two operations in one document', () => {
  const query = `
    query Mine { viewer { email } }
    query Rates { exchangeRates(base: "CHF", quotes: ["EUR"]) { quote } }
    query Applications { kycApplications(first: 5) { nodes { status } } }`
  const named = (operationName: string) => ({ query, operationName })

  it('are kept each for whom it is for: one for everybody, one for its viewer', async () => {
    for (const name of ['Rates', 'Mine', 'Applications']) await kept(named(name), investor.credential)
    expect(await ask(named('Rates'))).toMatchObject({ cache: 'hit' })
    expect(await ask(named('Mine'))).toMatchObject({ cache: 'miss', text: '{"data":{"viewer":null}}' })
    expect(await ask(named('Mine'), reviewer.credential)).toMatchObject({ cache: 'miss' })
    expect(await textOf(named('Mine'), reviewer.credential)).toContain(reviewer.email)
    expect(await textOf(named('Mine'), investor.credential)).toContain(investor.email)
  })

  it('end each by what it shows itself', async () => {
    for (const name of ['Rates', 'Mine', 'Applications']) await kept(named(name), investor.credential)
    const id = await draft(investor)
    const after = await ask(named('Applications'), investor.credential)
    expect([after.cache, after.text.includes('DRAFT')]).toEqual(['miss', true])
    expect(await cacheOf(named('Rates'), investor.credential)).toBe('hit')
    expect(id).toMatch(/^kyc_/)
  })

  it('of which none or no such one is named are refused, whatever is kept of them', async () => {
    await kept(named('Rates'))
    for (const asked of [{ query }, named('Nothing')]) {
      for (const _ of [1, 2]) expect(await textOf(asked)).toContain('errors')
    }
  })
})

it('a user’s e-mail that changes is another one in each list that is kept', async () => {
  const applicant = await people(gateway).investor()
  await submitted(applicant)
  const lists = [
    '{ users(first: 100) { nodes { email } } }',
    '{ kycApplications(first: 100) { nodes { user { email } } } }',
    `{ user(id: "${applicant.id}") { email } }`,
  ]
  for (const list of lists) {
    expect(await textOf(list, reviewer.credential)).toContain(`"${applicant.email}"`)
    await kept(list, reviewer.credential)
  }
  const changed = `changed.${applicant.email}`
  const client = await connectForTest(stack.database.url)
  await client.query('update users set email = $2 where id = $1', [applicant.id, changed])
  await gateway.services.tails.of('accounts').look()
  for (const list of lists) {
    const { cache, text } = await ask(list, reviewer.credential)
    expect([cache, text.includes(`"${changed}"`), text.includes(`"${applicant.email}"`)]).toEqual(['miss', true, false])
  }
})

it('an API key and a session of the same user are shown each what is theirs, whoever asks first', async () => {
  const applicant = await people(gateway).investor()
  const id = await submitted(applicant)
  const { credential } = await people(gateway).key({ owner: reviewer, scopes: ['kyc:read'] })
  const application = `{ kycApplications(first: 100) { nodes { id firstName user { email } } } }`
  for (const [first, second] of [
    [credential, reviewer.credential],
    [reviewer.credential, credential],
  ] as const) {
    const query = `${application} # ${first === credential ? 'the key' : 'the session'} first`
    await kept(query, first)
    expect(await cacheOf(query, second)).toBe('miss')
    await kept(query, second)
    const [byKey, bySession] = [await ask(query, credential), await ask(query, reviewer.credential)]
    expect([byKey.cache, bySession.cache]).toEqual(['hit', 'hit'])
    expect([byKey.text.includes(id), bySession.text.includes(id)]).toEqual([true, true])
    for (const secret of [applicant.email, 'Ines']) {
      expect([byKey.text.includes(secret), bySession.text.includes(secret)]).toEqual([false, true])
    }
  }
})

it('D16: nothing is an answer, too: PostgreSQL is asked once for what is not there', async () => {
  const query = `{ kycApplications(first: 3, filter: { userId: "usr_00000000000000000000000000" }) { nodes { id } } }`
  expect(await textOf(query, reviewer.credential)).toBe('{"data":{"kycApplications":{"nodes":[]}}}')
  statements.length = 0
  for (const _ of [1, 2, 3]) expect(await cacheOf(query, reviewer.credential)).toBe('hit')
  expect(statements).toEqual([])
})

describe('D19: what is read while a change is not committed', () => {
  const query = '{ viewer { name } }'
  const rename = async (name: string) => {
    const client = await connectForTest(stack.database.url)
    await client.query('begin')
    await client.query('update users set name = $2 where id = $1', [investor.id, name])
    return client
  }

  it('does not outlive the commit', async () => {
    const writing = await rename('Committed')
    const asking = () => ask(`${query} # committed`, investor.credential)
    const before = await asking()
    expect([before.cache, before.text.includes('Committed'), (await asking()).cache]).toEqual(['miss', false, 'hit'])
    await writing.query('commit')
    await gateway.services.tails.of('accounts').look()
    const after = await asking()
    expect([after.cache, after.text.includes('Committed')]).toEqual(['miss', true])
  })

  it('is as good as before when it is rolled back', async () => {
    const writing = await rename('Rolled back')
    const before = await ask(`${query} # rolled back`, investor.credential)
    await writing.query('rollback')
    await gateway.services.tails.of('accounts').look()
    expect(await ask(`${query} # rolled back`, investor.credential)).toMatchObject({ cache: 'hit', text: before.text })
    expect(before.text).not.toContain('Rolled back')
  })
})
