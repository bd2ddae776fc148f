import {
  buildSchema,
  execute,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type OperationDefinitionNode,
  parse,
  validate,
} from 'graphql'
import { describe, expect, it } from 'vitest'
import { createCompiled } from '../../src/server/compiled/index.ts'

const schema = buildSchema(`
  interface Node { id: ID! }
  type User implements Node { id: ID! name: String friends(first: Int = 2): [User!]! late: String fails: String mustFail: String! kind: Kind where: String none: String! add(to: [Int!]): [Int!] }
  type Case implements Node { id: ID! owner: User }
  enum Kind { INVESTOR ADMIN }
  type Query { user(id: ID): User node(id: ID): Node nodes: [Node] all: [User!]! must: User! lateFailure: User count: Int many: [Int] odd: [Int] forbidden: User! slow: User wrong: Case never: Int! }
`)
const userOf = (id: string) => ({ __typename: 'User', id, name: id === '3' ? null : `User ${id}`, kind: 'ADMIN' })
const asCase = { __typename: 'Case', id: 'c1', owner: userOf('1') }
const later = <T>(value: T) => new Promise<T>((resolve) => setImmediate(() => resolve(value)))
const laterFails = (message: string) => later(null).then(() => Promise.reject(new Error(message)))

resolving('User', {
  friends: (_user, { first }) =>
    Array.from({ length: first as number }, (_, n) => (n % 2 ? later(userOf(`${n}`)) : userOf(`${n}`))),
  late: ({ id }) => later(`late ${id}`),
  none: () => null,
  add: (_user, args) => {
    args.to = [1]
    return args.to
  },
  fails: () => laterFails('It fails.'),
  mustFail: () => {
    throw new Error('It must not.')
  },
  where: (_user, _args, _ctx, { path }) => `${path.prev?.key} ${path.key}`,
})
resolving('Query', {
  user: (_root, { id }) => (id === 'none' ? null : id === 'error' ? new Error('Not there.') : userOf(String(id))),
  node: (_root, { id }) => later(id === 'c1' ? asCase : userOf('2')),
  nodes: () => [asCase, userOf('1'), later(null), later(asCase)],
  all: () => later([userOf('1'), userOf('3')]),
  must: (_root, _args, ctx) => laterFails(`Must, says ${(ctx as { who: string }).who}.`),
  lateFailure: () => laterFails('Late.'),
  count: () => 'no number',
  many: () => new Set([1, 2]),
  forbidden: () => {
    throw new Error('You may not.')
  },
  slow: (_root, _args, ctx) => {
    ;(ctx as { asked?: number }).asked = ((ctx as { asked?: number }).asked ?? 0) + 1
    return later(userOf('9'))
  },
  never: () => null,
  wrong: () => userOf('1'),
  odd: () => [1, null, 3],
})

const ofCase = schema.getType('Case') as GraphQLObjectType
ofCase.isTypeOf = ({ __typename }) => __typename === 'Case'
const node = schema.getType('Node') as GraphQLInterfaceType
node.resolveType = ({ __typename }) => __typename

type Resolve = (
  source: { id: string },
  args: Record<string, unknown>,
  ctx: unknown,
  info: { path: { key: unknown; prev?: { key: unknown } } },
) => unknown
function resolving(type: string, resolvers: Record<string, Resolve>) {
  const fields = (schema.getType(type) as GraphQLObjectType).getFields()
  for (const [name, resolve] of Object.entries(resolvers)) fields[name]!.resolve = resolve as never
}

const ctx = { who: 'test' }
const plan = (text: string) => {
  const document = parse(text)
  expect(validate(schema, document)).toEqual([])
  const next = createCompiled({ schema, document, definition: document.definitions[0] as OperationDefinitionNode })
  for (let use = 0; use < 2; use++) expect(next()).toBeNull()
  return next
}
async function bothWays(text: string, variableValues: Record<string, unknown> = {}) {
  const own = await plan(text)()!(undefined, ctx, variableValues)
  const expected = await execute({ schema, document: parse(text), contextValue: ctx, variableValues })
  return { own: own && JSON.stringify(own), expected: JSON.stringify(expected) }
}

const conditions = `query ($a: Boolean!, $b: Boolean = true) {
  user(id: 1) { id @include(if: $a) name @skip(if: $b) friends { id } ...Late @include(if: $a) id }
} fragment Late on User { late name }`

const names = Array.from({ length: 60 }, (_, n) => `n${n}`)
const wrongVariables = {
  text: `query (${names.map((name) => `$${name}: Int`).join(' ')}) { user { ${names.map((name) => `${name}: friends(first: $${name}) { id }`).join(' ')} } }`,
  values: Object.fromEntries(names.map((name) => [name, 'many'])),
}

describe('a planned operation', () => {
  it.each<[what: string, text: string, variables?: Record<string, unknown>]>([
    [
      'values, lists and what is promised',
      '{ user(id: 1) { id name __typename kind friends { id name late } } __typename }',
    ],
    ['nothing', '{ user(id: "none") { id } odd }'],
    [
      'arguments with and without variables',
      'query ($n: Int, $id: ID!) { user(id: $id) { a: friends(first: $n) { id } b: friends(first: 1) { id } } }',
      { id: 'x', n: 3 },
    ],
    ['what is selected twice', '{ a: user(id: 1) { id } a: user(id: 1) { name friends { id } friends { name } id } }'],
    [
      'what is of several types',
      '{ node(id: "c1") { id ... on Case { owner { name } } ...U } nodes { __typename ...U id } } fragment U on User { name }',
    ],
    ['conditions that hold', conditions, { a: true, b: false }],
    ['conditions that do not', conditions, { a: false }],
    ['a list that is promised', '{ all { id name } }'],
    ['a root field that fails', '{ lateFailure { id } user(id: 1) { late id } }'],
    ['a root field that must not fail', '{ user(id: 1) { late } must { id } lateFailure { id } }'],
    [
      'a root field that must not fail and fails at once',
      '{ lateFailure { id } slow { id } forbidden { id } late: slow { id } }',
    ],
    ['the same with nothing before it', '{ forbidden { id } slow { id } must { id } }'],
    ['two that must not fail', '{ lateFailure { id } must { id } forbidden { id } }'],
    ['a root field that fails and stands twice', '{ a: lateFailure { id } b: user { id } a: lateFailure { name } }'],
    ['more variables of another kind than are told', wrongVariables.text, wrongVariables.values],
    ['a variable that is missing', 'query ($id: ID!) { user(id: $id) { id } }'],
    ['a variable of another kind', 'query ($n: Int) { user { friends(first: $n) { id } } }', { n: 'many' }],
  ])('answers as graphql-js does: %s', async (_what, text, variables) => {
    const { own, expected } = await bothWays(text, variables)
    expect(own).toBe(expected)
  })

  it.each([
    ['a field that fails', '{ user(id: 1) { id fails } other: user(id: 2) { friends { late fails } } }'],
    ['a field that must not fail', '{ user(id: 1) { friends { mustFail } } }'],
    ['null where there must be something', '{ user(id: 1) { none } }'],
    ['an object of another type', '{ wrong { __typename } }'],
    ['null for what must be there at the root', '{ never }'],
    ['a resolver that writes to its arguments', '{ user(id: 1) { add(to: [0]) } }'],
    ['an error for an answer', '{ user(id: "error") { name } }'],
    ['a value that is none of its type', '{ count }'],
    ['a list that is no array', '{ many }'],
    ['a resolver that asks where it stands', '{ user(id: 1) { where } }'],
    ['an argument that is no good', 'query ($n: ID = "x") { user(id: $n) { friends(first: 1) { id } } count }'],
    ['a name that is none of an object’s own', '{ __proto__: user(id: 1) { id } }'],
  ])('leaves to graphql-js: %s', async (_what, text) => {
    const { own, expected } = await bothWays(text)
    expect(own).toBeNull()
    expect(expected).toBeDefined()
  })

  it('asks for nothing more when there will be no data', async () => {
    const asking: { asked?: number } = {}
    await plan('{ slow { id } forbidden { id } late: slow { id } }')()!(undefined, asking, {})
    expect(asking.asked).toBe(1)
  })

  it('goes on for each request with its own variables and its own context', async () => {
    const next = plan('query ($id: ID, $n: Int) { user(id: $id) { id friends(first: $n) { id } } must { id } }')
    const asked = Array.from({ length: 8 }, (_, n) => next()!(undefined, { who: n }, { id: `${n}`, n: n % 3 }))
    const answers = await Promise.all(asked)
    expect(answers.map((answer) => answer?.errors?.[0]?.message)).toEqual(answers.map((_, n) => `Must, says ${n}.`))
    const one = plan('query ($id: ID, $n: Int) { user(id: $id) { id friends(first: $n) { id } } }')
    const found = await Promise.all(answers.map((_, n) => one()!(undefined, ctx, { id: `${n}`, n: n % 3 })))
    for (const [n, answer] of found.entries()) {
      const friends = Array.from({ length: n % 3 }, (_, friend) => ({ id: `${friend}` }))
      expect(answer?.data).toEqual({ user: { id: `${n}`, friends } })
    }
  })

  it('leaves out for each request what its conditions leave out', async () => {
    const next = plan(conditions)
    for (const a of [true, false, true]) {
      for (const b of [true, false]) {
        const own = await next()!(undefined, ctx, { a, b })
        const { expected } = await bothWays(conditions, { a, b })
        expect(JSON.stringify(own)).toBe(expected)
      }
    }
  })

  it('is not tried for long where it is given up', async () => {
    const next = plan('{ count }')
    let tried = 0
    for (let use = 0; use < 100; use++) if (next()?.(undefined, ctx, {}) === null) tried++
    expect(tried).toBeGreaterThan(0)
    expect(tried).toBeLessThanOrEqual(6)
  })

  it('is none where much is selected, however it is spread', () => {
    const fragments = Array.from(
      { length: 12 },
      (_, n) => `fragment F${n} on User { friends { ...F${n + 1} } a: friends { ...F${n + 1} } }`,
    )
    const document = parse(`{ user { ...F0 } } ${fragments.join(' ')} fragment F12 on User { id }`)
    const next = createCompiled({ schema, document, definition: document.definitions[0] as OperationDefinitionNode })
    for (let use = 0; use < 4; use++) expect(next()).toBeNull()
  })
})
