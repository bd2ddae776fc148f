import { getIntrospectionQuery } from 'graphql'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import WebSocket from 'ws'
import { postGraphQL } from './harness/http.ts'
import { people, type Stack, startStack, type TestGateway } from './harness/index.ts'

let stack: Stack
let gateway: TestGateway

beforeAll(async () => {
  stack = await startStack()
  gateway = await stack.startGateway()
})
afterAll(() => stack.stop())

async function codeOf(query: string, variables: Record<string, unknown> = {}) {
  const { status, body } = await postGraphQL(gateway, { query, variables })
  return status === 200 ? (body.errors?.[0]?.extensions.code ?? 'none') : status
}

/** Fields within fields, `depth` of them; what is no field does not count. */
const deep = (depth: number) => {
  const names = ['kycApplications(first: 1)', 'nodes', 'user']
  const opened = Array.from({ length: depth }, (_, n) => `${names[n % 3]} { ... { `).join('')
  return `{ ${opened} __typename ${'} }'.repeat(depth)} }`
}
const aliased = (count: number) => `{ ${Array.from({ length: count }, (_, n) => `a${n}: eventCursor`).join(' ')} }`

/** Each fragment spreads the next one twice: followed again and again, the last one is reached 2^levels times. */
function doublingFragments(levels: number, last: string) {
  const spreading = Array.from({ length: levels }, (_, n) => `fragment F${n} on Query { ...F${n + 1} ...F${n + 1} }`)
  return ['{ ...F0 }', ...spreading, `fragment F${levels} on Query { ${last} }`].join('\n')
}

describe('an operation may have', () => {
  it('15,000 characters', async () => {
    expect(await codeOf('{ viewer { id } }'.padEnd(15_000))).toBe('none')
    expect(await codeOf('{ viewer { id } }'.padEnd(15_001))).toBe('QUERY_TOO_COMPLEX')
  })

  it('a depth of 10, fragments and all', async () => {
    expect(await codeOf(deep(10))).toBe('UNAUTHENTICATED')
    expect(await codeOf(deep(11))).toBe('QUERY_TOO_COMPLEX')
    const within = deep(9).replace('__typename', '...More')
    const more = (selection: string) => `${within} fragment More on User { ${selection} }`
    expect(await codeOf(more('id'))).toBe('UNAUTHENTICATED')
    expect(await codeOf(more('kycApplications { totalCount }'))).toBe('QUERY_TOO_COMPLEX')
  })

  it('30 aliases', async () => {
    expect(await codeOf(aliased(30))).toBe('none')
    expect(await codeOf(aliased(31))).toBe('QUERY_TOO_COMPLEX')
  })

  it('brackets that a parser can follow', async () => {
    for (const bracket of ['{', '{a', '{...', '{a(b:[', '[']) {
      const query = `{ a ${bracket.repeat(Math.floor(14_000 / bracket.length))}`
      expect(await codeOf(query), bracket).toMatch(/^(QUERY_TOO_COMPLEX|GRAPHQL_PARSE_FAILED)$/)
    }
    expect(await codeOf(`{ a(b: ${'['.repeat(101)}`)).toBe('QUERY_TOO_COMPLEX')
    expect(await codeOf(`{ user(id: "${'{'.repeat(101)}") { id } }`)).toBe('UNAUTHENTICATED')
  })
})

describe('the cost of an operation', () => {
  const nested = 'nodes { user { kycApplications(last: $n) { nodes { id status } } } }'
  const twoPages = (definition: string) => `query (${definition}) { kycApplications(first: $n) { ${nested} } }`

  it('goes by the sizes of its pages, given or not', async () => {
    const literal = (n: number) => twoPages('$u: Int').replaceAll('$n', `${n}`).replace('($u: Int)', '')
    expect(await codeOf(literal(48))).toBe('UNAUTHENTICATED')
    expect(await codeOf(literal(50))).toBe('QUERY_TOO_COMPLEX')
    expect(await codeOf(twoPages('$n: Int'))).toBe('UNAUTHENTICATED')
    expect(await codeOf(twoPages('$n: Int'), { n: 48 })).toBe('UNAUTHENTICATED')
    expect(await codeOf(twoPages('$n: Int'), { n: 50 })).toBe('QUERY_TOO_COMPLEX')
    expect(await codeOf(twoPages('$n: Int = 50'))).toBe('QUERY_TOO_COMPLEX')
    expect(await codeOf(twoPages('$n: Int = 50'), { n: 5 })).toBe('UNAUTHENTICATED')
    const named = twoPages('$n: Int = 50').replaceAll('$n', '$constructor')
    expect(await codeOf(named)).toBe('QUERY_TOO_COMPLEX')
  })

  it('counts what a fragment holds wherever it is spread, and as many nodes as there are ids', async () => {
    const fragment = 'fragment F on KycApplication { documents { id fileName } }'
    const byIds = `query ($ids: [ID!]!) { nodes(ids: $ids) { ...F ...F } } ${fragment}`
    expect(await codeOf(byIds, { ids: Array(60).fill('kyc_x') })).toBe('none')
    expect(await codeOf(byIds, { ids: Array(62).fill('kyc_x') })).toBe('QUERY_TOO_COMPLEX')
    expect(await codeOf(byIds, { ids: 'kyc_x' })).toBe('none')
  })

  it('counts as many items of a plain list as were asked for', async () => {
    const lists = (count: number, first: number) =>
      `{ ${Array.from({ length: count }, (_, n) => `a${n}: systemAlerts(first: ${first}) { id message }`).join(' ')} }`
    expect(await codeOf(lists(24, 100))).toBe('UNAUTHENTICATED')
    expect(await codeOf(lists(25, 100))).toBe('QUERY_TOO_COMPLEX')
    expect(await codeOf(lists(25, 90))).toBe('UNAUTHENTICATED')
  })

  it('leaves it to a field to refuse a page that there is not', async () => {
    const { investor } = people(gateway)
    const { token } = await investor()
    const query = '{ kycApplications(first: 101) { nodes { id } } }'
    const { body } = await postGraphQL(gateway, { query }, { authorization: `Bearer ${token}` })
    expect(body.errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT')
  })

  it('leaves room for a page of 20 with all that a reviewer reads', async () => {
    const query = `{ kycApplications(first: 20) { nodes { id status submittedAt user { id name email }
      documents { id documentType fileName } statusHistory { id toStatus changedBy { id name } } } } }`
    expect(await codeOf(query)).toBe('UNAUTHENTICATED')
  })

  it('is asked of subscriptions, too, over a socket', async () => {
    const socket = new WebSocket(`${gateway.url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws')
    onTestFinished(() => socket.terminate())
    const fields = (count: number) =>
      Array.from({ length: count }, () => 'user { kycApplications(first: 100) { nodes { documents { id } } } }')
    const query = `subscription { kycStatusChanges { application { ${fields(3)} } } }`
    const ask = (id: string, query: string) =>
      socket.send(JSON.stringify({ id, type: 'subscribe', payload: { query } }))
    const answers: Record<string, unknown> = {}
    await new Promise<void>((resolve) => {
      socket.on('open', () => socket.send('{"type":"connection_init"}'))
      socket.on('message', (data) => {
        const { type, id, payload } = JSON.parse(String(data))
        if (type === 'connection_ack')
          for (const [asked, text] of Object.entries({ query, deep: deep(11) })) ask(asked, text)
        if (type === 'next' || type === 'error') answers[id] = payload.errors ?? payload
        if (Object.keys(answers).length === 2) resolve()
      })
    })
    const tooComplex = [{ extensions: { code: 'QUERY_TOO_COMPLEX' } }]
    expect(answers).toMatchObject({ query: tooComplex, deep: tooComplex })
  })
})

describe('variables that are wrong in many ways', () => {
  it('are refused with less than they hold, each time', async () => {
    const names = Array.from({ length: 20_000 }, (_, n) => [`name${n}`, n])
    const cases: [string, unknown][] = [
      ['query ($given: UserFilter) { users(filter: $given) { totalCount } }', Object.fromEntries(names)],
      ['query ($given: [ID!]!) { nodes(ids: $given) { id } }', Array(50_000).fill(null)],
      ['query ($given: [ID!]!) { nodes(ids: $given) { id } }', [['x'.repeat(200_000)], ['y'.repeat(200_000)]]],
    ]
    for (const [query, given] of cases) {
      for (let use = 0; use < 4; use++) {
        const { body } = await postGraphQL(gateway, { query, variables: { given } })
        expect(JSON.stringify(body).length).toBeLessThan(150_000)
        expect(body.errors![0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } })
      }
    }
  })
})

describe('fragments that spread each other twice', () => {
  it('are looked into once each', async () => {
    const { body } = await postGraphQL(gateway, { query: doublingFragments(60, '__typename') })
    expect(body).toEqual({ data: { __typename: 'Query' } })
  })

  it('cost what they hold, each time', async () => {
    expect(await codeOf(doublingFragments(60, 'eventCursor'))).toBe('QUERY_TOO_COMPLEX')
    expect(await codeOf(doublingFragments(60, 'a: eventCursor'))).toBe('QUERY_TOO_COMPLEX')
    expect(await codeOf(doublingFragments(12, 'eventCursor'))).toBe('none')
  })

  it('in a circle are refused as ever', async () => {
    expect(await codeOf('{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }')).toBe(
      'GRAPHQL_VALIDATION_FAILED',
    )
  })
})

describe('what the limits leave alone', () => {
  it('is what tools ask about the schema', async () => {
    const query = getIntrospectionQuery({ inputValueDeprecation: true, specifiedByUrl: true, schemaDescription: true })
    expect(await codeOf(query)).toBe('none')
  })
})
