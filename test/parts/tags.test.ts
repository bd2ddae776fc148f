import {
  buildSchema,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getOperationAST,
  isObjectType,
  parse,
} from 'graphql'
import { describe, expect, it } from 'vitest'
import { newId } from '../../src/ids.ts'
import { schema } from '../../src/schema/index.ts'
import { readingOf } from '../../src/schema/tags.ts'
import { tagPlanOf } from '../../src/server/tags.ts'

function planOf(text: string, operationName?: string, of: GraphQLSchema = schema) {
  const document = parse(text)
  return tagPlanOf(of, document, getOperationAST(document, operationName)!)
}
const tagsOf = (text: string, variables: Record<string, unknown> = {}) => planOf(text)!.tagsOf(variables).toSorted()

describe('the tags of an operation', () => {
  it('are those of every noun that is selected, in fragments, under aliases and behind conditions', () => {
    expect(tagsOf('{ kycApplications { nodes { status } } }')).toEqual(['kyc'])
    expect(tagsOf('{ kycApplications { nodes { status user { name } } } }')).toEqual(['kyc', 'users'])
    expect(tagsOf('{ mine: kycApplications { edges { node { who: user { name } } } } }')).toEqual(['kyc', 'users'])
    expect(tagsOf('{ ...root } fragment root on Query { kycApplications { nodes { ... { user { id } } } } }')).toEqual([
      'kyc',
      'users',
    ])
    const ofInterface = '{ kycApplications { nodes { ... on Node { id ... on KycApplication { user { id } } } } } }'
    expect(tagsOf(ofInterface)).toEqual(['kyc', 'users'])
    const behind = `query ($b: Boolean!) { kycApplications { nodes { id user @include(if: $b) { id } } } }`
    expect(tagsOf(behind, { b: false })).toEqual(['kyc', 'users'])
  })

  it('are those of a list of which nothing but its length or its page is asked', () => {
    expect(tagsOf('{ users { totalCount } }')).toEqual(['users'])
    expect(tagsOf('{ kycApplications { pageInfo { hasNextPage } } }')).toEqual(['kyc'])
    expect(tagsOf('{ tokenTransfers { edges { cursor } } }')).toEqual(['transfers'])
    expect(tagsOf('{ systemAlerts { __typename } }')).toEqual(['alerts'])
  })

  it('are those of a field that reads another noun', () => {
    expect(tagsOf('{ users { nodes { id } } }')).toEqual(['users'])
    expect(tagsOf('{ users { nodes { kycStatus } } }')).toEqual(['kyc', 'users'])
    expect(tagsOf('{ users { nodes { settings { theme } } } }')).toEqual(['settings', 'users'])
  })

  it('are those of a filter that reads another noun, where it is given', () => {
    expect(tagsOf('{ users(filter: { role: ADMIN }) { totalCount } }')).toEqual(['users'])
    expect(tagsOf('{ users(filter: { kycStatus: APPROVED }) { totalCount } }')).toEqual(['kyc', 'users'])
    expect(tagsOf('{ kycApplications(filter: { search: "ada" }) { totalCount } }')).toEqual(['kyc', 'users'])
    const filtered = 'query ($filter: UserFilter) { users(filter: $filter) { totalCount } }'
    expect(tagsOf(filtered, {})).toEqual(['users'])
    expect(tagsOf(filtered, { filter: { role: 'ADMIN', kycStatus: null } })).toEqual(['users'])
    expect(tagsOf(filtered, { filter: { kycStatus: 'APPROVED' } })).toEqual(['kyc', 'users'])
    const status = 'query ($s: KycStatus = DRAFT) { users(filter: { kycStatus: $s }) { totalCount } }'
    expect(tagsOf(status)).toEqual(['kyc', 'users'])
    expect(tagsOf(status, { s: null })).toEqual(['users'])
  })

  it('of the audit trail are all but those of transfers', () => {
    const all = ['alerts', 'credentials', 'kyc', 'rates', 'settings', 'tokens', 'users']
    expect(tagsOf('{ auditLog { nodes { action } } }')).toEqual(all)
  })

  it('are found in time, however fragments spread each other', () => {
    const fragments = Array.from(
      { length: 60 },
      (_, n) => `fragment f${n} on User { a${n}: kycApplications { nodes { user { ...f${n + 1} ...f${n + 1} } } }
        b${n}: kycApplications { nodes { user { ...f${n + 1} } } } }`,
    )
    expect(tagsOf(`{ viewer { ...f0 } } ${fragments.join(' ')} fragment f60 on User { kycStatus }`)).toEqual([
      'kyc',
      'users',
    ])
  })
})

describe('a narrow tag', () => {
  const [user, application, document] = [newId('user'), newId('kycApplication'), newId('kycDocument')]

  it('stands for the object that is asked for, and what is its own', () => {
    const asked =
      'query ($id: ID!) { kycApplication(id: $id) { status documents { sha256 application { id } } statusHistory { reason } } }'
    expect(tagsOf(asked, { id: application })).toEqual([`kyc:${application}`])
    const all =
      'settings { theme } notificationSettings { webhookUrl } kycStatus kycApplications { nodes { documents { size } } }'
    expect(tagsOf(`{ user(id: "${user}") { email ${all} } }`)).toEqual([`user:${user}`])
    expect(tagsOf(`{ kycApplications(filter: { userId: "${user}" }) { totalCount nodes { status } } }`)).toEqual([
      `user:${user}`,
    ])
  })

  it('stands for nobody else', () => {
    expect(tagsOf(`{ kycApplication(id: "${application}") { user { name } } }`)).toEqual([
      `kyc:${application}`,
      'users',
    ])
    expect(tagsOf(`{ user(id: "${user}") { kycApplications { nodes { reviewedBy { name } } } } }`)).toEqual([
      `user:${user}`,
      'users',
    ])
    expect(tagsOf(`{ kycApplication(id: "${application}") { user { kycApplications { totalCount } } } }`)).toEqual([
      'kyc',
      `kyc:${application}`,
      'users',
    ])
    expect(tagsOf(`{ user(id: "${user}") { name } users { totalCount } }`)).toEqual([`user:${user}`, 'users'])
  })

  it('is not needed for oneself: what is not public rests on its viewer in any case', () => {
    expect(planOf('{ viewer { name kycStatus } }')).toMatchObject({ isPublic: false })
    expect(tagsOf('{ viewer { name kycStatus settings { theme } } }')).toEqual([])
    expect(tagsOf('{ viewer { kycApplications { nodes { statusHistory { changedBy { name } } } } } }')).toEqual([
      'users',
    ])
  })

  it('of a node is that of the noun in its id, with what is selected of that noun', () => {
    const asked = `query ($id: ID!) { node(id: $id) { id ... on KycApplication { user { name } } ... on User { email } ... on AuditEntry { action } } }`
    expect(tagsOf(asked, { id: user })).toEqual([`user:${user}`])
    expect(tagsOf(asked, { id: application })).toEqual([`kyc:${application}`, 'users'])
    expect(tagsOf(asked, { id: document })).toEqual(['kyc'])
    expect(tagsOf(asked, { id: newId('tokenTransfer') })).toEqual(['transfers'])
    expect(tagsOf(asked, { id: 'nothing of ours' })).toEqual([])
    const several = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }'
    expect(tagsOf(several, { ids: [user, document] })).toEqual(['kyc', `user:${user}`])
    expect(tagsOf(several, { ids: user })).toEqual([`user:${user}`])
  })

  it('of a contract is found however its address is written', () => {
    const address = `0x${'Ab'.repeat(20)}`
    const narrow = `1:${address.toLowerCase()}`
    expect(tagsOf(`{ tokenMetadata(chainId: 1, address: "${address}") { name } }`)).toEqual([`token:${narrow}`])
    const filtered = 'query ($filter: TokenTransferFilter) { tokenTransfers(filter: $filter) { nodes { amount } } }'
    expect(tagsOf(filtered, { filter: { chainId: 1, token: address } })).toEqual([`transfers:${narrow}`])
    expect(tagsOf(filtered, { filter: { token: address } })).toEqual(['transfers'])
    expect(tagsOf(filtered, { filter: { chainId: 1, account: address } })).toEqual(['transfers'])
  })

  it('is left aside where the argument is not what it should be', () => {
    expect(tagsOf('query ($id: ID!) { kycApplication(id: $id) { status } }')).toEqual(['kyc'])
    expect(tagsOf('{ user(id: 7) { name } }')).toEqual(['users'])
    expect(
      tagsOf('query ($f: TokenTransferFilter) { tokenTransfers(filter: $f) { nodes { id } } }', { f: 'x' }),
    ).toEqual(['transfers'])
  })
})

describe('a plan', () => {
  it('is public when all that is asked for is the same to everybody', () => {
    expect(planOf('{ exchangeRates(base: "EUR") { rate } __typename }')).toMatchObject({ isPublic: true })
    expect(planOf('{ exchangeRates(base: "EUR") { rate } systemAlerts { id } }')).toMatchObject({ isPublic: false })
    expect(planOf(`{ node(id: "${newId('tokenMetadata')}") { id } }`)).toMatchObject({ isPublic: false })
  })

  it.each([
    ['a mutation', 'mutation { updateProfile(input: {}) { user { id } } }'],
    ['a subscription', 'subscription { systemAlerts { cursor } }'],
    ['the end of the log', '{ eventCursor }'],
    ['the end of the log beside others', '{ viewer { id } ...more } fragment more on Query { eventCursor }'],
    ['the schema', '{ __schema { queryType { name } } }'],
    ['a type of the schema', '{ systemAlerts { id } __type(name: "User") { name } }'],
  ])('there is none for %s', (_what, text) => {
    expect(planOf(text)).toBe(null)
  })

  it('there is none for what says nothing of what it reads, however far down', () => {
    const silent = buildSchema('type Query { thing: Thing, count: Int } type Thing { part: Part } type Part { id: ID }')
    const { Query, Thing, Part } = silent.getTypeMap() as Record<string, GraphQLObjectType>
    expect(planOf('{ count }', undefined, silent)).toBe(null)
    Thing!.extensions = { reads: ['users'] }
    expect(planOf('{ thing { part { id } } }', undefined, silent)).toBe(null)
    Part!.extensions = { reads: [] }
    expect(planOf('{ thing { part { id } } }', undefined, silent)?.tagsOf({})).toEqual(['users'])
    expect(Query!.extensions).toEqual({})
  })

  it('is that of the operation, not of others in the document', () => {
    const both = 'query a { systemAlerts { id } } query b { eventCursor }'
    expect(planOf(both, 'a')?.tagsOf({})).toEqual(['alerts'])
    expect(planOf(both, 'b')).toBe(null)
  })
})

it('what is public leads to nothing that depends on who asks', () => {
  const roots = Object.values(schema.getQueryType()!.getFields()).filter((field) => readingOf(field).public)
  const visited = new Set<string>()
  const visit = (type: GraphQLObjectType): string[] => {
    if (visited.has(type.name)) return []
    visited.add(type.name)
    const beneath = Object.values(type.getFields()).flatMap(({ name, extensions, type: fieldType }) => {
      const inner = getNamedType(fieldType)
      const isFor = extensions.personal || extensions.permission ? [`${type.name}.${name}`] : []
      return [...isFor, ...(isObjectType(inner) ? visit(inner) : [])]
    })
    return type.extensions.personal ? [type.name, ...beneath] : beneath
  }
  expect(roots.map(({ name }) => name).sort()).toEqual([
    'exchangeRate',
    'exchangeRateHistory',
    'exchangeRates',
    'tokenMetadata',
  ])
  expect(roots.flatMap(({ type }) => visit(getNamedType(type) as GraphQLObjectType))).toEqual([])
})
