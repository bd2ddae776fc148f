import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { postGraphQL } from './harness/http.ts'
import { type Person, people, type Stack, startStack, type TestGateway } from './harness/index.ts'

let stack: Stack
let gateway: TestGateway
let reviewer: Person

beforeAll(async () => {
  stack = await startStack()
  gateway = await stack.startGateway()
  reviewer = await people(gateway).reviewer()
})
afterAll(() => stack.stop())

/** What the house adds to each answer anew. */
const requestIds = /"requestId":"[^"]+"/g
const ask = async (body: object, headers: Record<string, string> = {}) => {
  const bearer = { authorization: `Bearer ${reviewer.token}`, 'cache-control': 'no-store' }
  const answer = await postGraphQL(gateway, body, { ...bearer, ...headers })
  return { ...answer, text: JSON.stringify(answer.body).replace(requestIds, '') }
}

describe('an operation that is asked often', () => {
  const user =
    'query ($id: ID!, $all: Boolean!) { user(id: $id) { id ...F } } fragment F on User { role email @include(if: $all) }'
  const list =
    'query ($first: Int, $filter: KycApplicationFilter) {\n  list: kycApplications(first: $first, filter: $filter) { totalCount nodes { id } } }'

  it.each<[string, string, () => object]>([
    ['with what it asks for', user, () => ({ id: reviewer.id, all: true })],
    ['without what it leaves out', user, () => ({ id: reviewer.id, all: false })],
    ['that there is no such thing, and where it was asked for', user, () => ({ id: 'user_x' })],
    ['that a variable is missing', user, () => ({})],
    [
      'with a fragment in one place and without it in another',
      'query ($id: ID!, $all: Boolean!) { viewer { ...F @include(if: $all) } user(id: $id) { ...F } } fragment F on User { name }',
      () => ({ id: reviewer.id, all: false }),
    ],
    [
      'with what is selected once more under a condition',
      'query ($all: Boolean!) { viewer @include(if: $all) { email ... { email @skip(if: $all) email } } viewer { id } }',
      () => ({ all: false }),
    ],
    [
      'in the order of what it does not leave out',
      'query ($all: Boolean!) { viewer { ...F @include(if: $all) email id name @skip(if: $all) } } fragment F on User { name id }',
      () => ({ all: false }),
    ],
    [
      'under names made of those of others',
      '{ b_a: viewer { id email } a: viewer { b: kycApplications { nodes { id } } } }',
      () => ({}),
    ],
    ['under names that mean something', '{ __proto__: viewer { __proto__: id constructor: name } }', () => ({})],
    [
      'with what a variable says whose name means something',
      'query ($__proto__: Int) { kycApplications(first: $__proto__) { totalCount } }',
      () => JSON.parse('{ "__proto__": 101 }'),
    ],
    ['that an item has no value', 'query ($id: ID = "x") { nodes(ids: [$id]) { id } }', () => ({ id: null })],
    ['that a list is no filter', list, () => ({ filter: [] })],
    [
      'that a condition has no value',
      'query ($all: Boolean = true) { viewer { id @include(if: $all) } }',
      () => ({ all: null }),
    ],
    ['that a variable is of another kind', user, () => ({ id: { a: 1 }, all: 'yes' })],
    ['that a moment is none', list, () => ({ filter: { submittedAfter: '9999-12-31T23:59:59-23:59' } })],
    ['that a field is unknown', list, () => ({ filter: { nothing: 1 } })],
    ['that a page is too large', list, () => ({ first: 101 })],
    ['that an argument has no value', 'query ($id: ID = "x") { user(id: $id) { id } }', () => ({ id: null })],
  ])('answers as at first: %s', async (what, text, variables) => {
    // A text of its own, which nobody has asked before.
    const query = `${text} # ${what}`
    const first = await ask({ query, variables: variables() })
    // Compiled by then, and so is what it reads.
    for (let use = 0; use < 6; use++) {
      const { status, text } = await ask({ query, variables: variables() })
      expect([status, text]).toEqual([first.status, first.text])
    }
    expect(first.text).not.toMatch(/INTERNAL/)
  })

  it('runs nothing that stands in it', async () => {
    // What follows these words was JavaScript to graphql-jit, which was here once.
    const words = '__MAGIC_DATE__33a9e76d_02e0_4128_8e92_3530ad3da74d'
    const found = `executed${reviewer.id}`
    const text = `${words}globalThis.${found}=1`
    const written = text.replace('_', '\\u005f')
    for (const query of [
      `{ node(id: "${text}") { id } }`,
      `{ users(filter: { search: "${written}" }) { totalCount } }`,
    ])
      for (let use = 0; use < 6; use++) expect((await ask({ query })).text).not.toMatch(/INTERNAL/)
    expect(globalThis).not.toHaveProperty(found)
  })

  it('is answered at once when its fragments spread each other twice', async () => {
    const doubling = Array.from({ length: 40 }, (_, n) => `fragment F${n} on User { ...F${n + 1} ...F${n + 1} }`)
    const query = `{ viewer { ...F0 } } ${doubling.join(' ')} fragment F40 on User { __typename }`
    for (let use = 0; use < 6; use++)
      expect((await ask({ query })).body.data).toEqual({ viewer: { __typename: 'User' } })
    const page = query
      .replace('viewer {', 'kycApplications(first: 1) {')
      .replaceAll('on User', 'on KycApplicationConnection')
    for (let use = 0; use < 6; use++)
      expect((await ask({ query: page })).body.data).toEqual({
        kycApplications: { __typename: 'KycApplicationConnection' },
      })
  })

  it('is answered whatever stands in a variable, however deep it goes', async () => {
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`
    const headers = { authorization: `Bearer ${reviewer.token}`, 'content-type': 'application/json' }
    const codeOf = async (query: string) => {
      const body = `{ "query": "${query}", "variables": { "id": ${deep} } }`
      const answer = await fetch(`${gateway.url}/graphql`, { method: 'POST', headers, body })
      const { errors } = (await answer.json()) as { errors?: { extensions: { code: string } }[] }
      return errors?.[0]?.extensions.code ?? 'none'
    }
    expect(await codeOf('{ viewer { id } }')).toBe('none')
    expect(await codeOf('query ($id: ID!) { user(id: $id) { id } }')).toBe('BAD_USER_INPUT')
  })

  it('is each time refused for what it costs this time', async () => {
    const query = `query ($first: Int) { kycApplications(first: $first) { nodes { id documents { id fileName } statusHistory { id } } } }`
    const codes = []
    for (const first of [1, 100, 2, 100]) {
      const { body } = await ask({ query, variables: { first } })
      codes.push(body.errors?.[0]?.extensions.code ?? 'none')
    }
    expect(codes).toEqual(['none', 'QUERY_TOO_COMPLEX', 'none', 'QUERY_TOO_COMPLEX'])
  })

  it('is each time refused for who asks it, where the schema is for few', async () => {
    const closed = await stack.startGateway({ GRAPHIQL: 'off' })
    const admin = await people(closed).admin()
    const explore = async (headers: Record<string, string>) => {
      const { body } = await postGraphQL(closed, { query: '{ __schema { queryType { name } } }' }, headers)
      return body.errors?.[0]?.extensions.code ?? 'none'
    }
    const asAdmin = { authorization: `Bearer ${admin.token}` }
    expect([await explore(asAdmin), await explore({}), await explore(asAdmin), await explore({})]).toEqual([
      'none',
      'FORBIDDEN',
      'none',
      'FORBIDDEN',
    ])
  })

  it('is taken by its name from a text that holds several', async () => {
    const query = 'query A { a: __typename } query B { b: __typename }'
    const dataOf = async (operationName: unknown) => {
      const { body } = await ask({ query, operationName })
      return body.data ?? body.errors?.[0]?.extensions.code
    }
    for (let use = 0; use < 2; use++) {
      expect(await dataOf('A')).toEqual({ a: 'Query' })
      expect(await dataOf('B')).toEqual({ b: 'Query' })
      for (const name of ['C', undefined, '', 7, 'A\nquery'])
        expect([name, await dataOf(name)]).toEqual([name, 'BAD_USER_INPUT'])
    }
  })
})

describe('the form of an answer', () => {
  const typeOf = async (accept: string, body: object = { query: '{ __typename }' }) => {
    const { status, headers } = await ask(body, { accept })
    return [status, headers.get('content-type')?.split(';')[0]]
  }

  it('is the first that the client names and the gateway has', async () => {
    const newer = 'application/graphql-response+json'
    expect(await typeOf('*/*')).toEqual([200, 'application/json'])
    expect(await typeOf('text/html, application/*;q=0.8')).toEqual([200, 'application/json'])
    expect(await typeOf(`${newer}, application/json;q=0.9`)).toEqual([200, newer])
    expect(await typeOf(`application/json; charset=utf-8, ${newer}`)).toEqual([200, 'application/json'])
    expect(await typeOf(`application/json;q=0, ${newer};q=0.1`)).toEqual([200, newer])
    expect(await typeOf(newer, { query: '{ nothing }' })).toEqual([400, newer])
    expect(await typeOf(newer, { query: 7 })).toEqual([400, newer])
  })

  it.each([
    ['text/event-stream', 200],
    ['multipart/mixed', 400],
  ])('is %s where what is asked is refused, with status %i', async (accept, expected) => {
    const { token } = reviewer
    const headers = { accept, authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    for (const query of ['{ nothing }', '{ viewer {', 'query ($id: ID!) { user(id: $id) { id } }']) {
      const body = JSON.stringify({ query })
      const response = await fetch(`${gateway.url}/graphql`, { method: 'POST', headers, body })
      const text = await response.text()
      expect([response.status, response.headers.get('content-type')?.split(';')[0]]).toEqual([expected, accept])
      expect(text).toMatch(/"code":"(GRAPHQL_|BAD_USER_INPUT)/)
    }
  })

  it.each(['text/html', 'application/json;q=0', 'application/json; charset=latin1', 'nonsense', ','])(
    'is none for a client that takes only %s, and nothing was done for it',
    async (accept) => {
      const query =
        'mutation ($input: UpdateUserSettingsInput!) { updateUserSettings(input: $input) { settings { timeZone } } }'
      const change = (timeZone: string, headers: Record<string, string> = {}) =>
        ask({ query, variables: { input: { timeZone } } }, headers)
      const settings = () => ask({ query: '{ viewer { settings { timeZone } } }' })
      await change('Europe/Berlin')
      expect((await change('Europe/Paris', { accept })).status).toBe(406)
      expect((await settings()).text).toContain('Europe/Berlin')
    },
  )
})
