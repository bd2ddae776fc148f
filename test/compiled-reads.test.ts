import fc from 'fast-check'
import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  GraphQLObjectType,
  GraphQLSchema,
  type OperationDefinitionNode,
  parse,
  validate,
} from 'graphql'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Context, createContext } from '../src/context.ts'
import { anonymous, type Viewer } from '../src/permissions.ts'
import { schema } from '../src/schema/index.ts'
import { boundLater } from '../src/schema/read/bound.ts'
import { markCompiled } from '../src/schema/read/compiled-fields.ts'
import { fellBack, readCounts } from '../src/schema/read/plans.ts'
import { createExecutor } from '../src/server/executor.ts'
import { graphql } from './graphql/index.ts'
import { type Person, people, type Stack, startStack, type TestGateway } from './harness/index.ts'
import { type Domain, randomQuery } from './harness/random-query.ts'

const runs = process.env.DIFFERENTIAL === 'full' ? 5_000 : 150

const statements: string[] = []
let stack: Stack
let gateway: TestGateway
let persons: Record<'investor' | 'applicant' | 'other' | 'compliance' | 'admin', Person>
let viewers: Record<string, Viewer>
let domain: Domain

beforeAll(async () => {
  stack = await startStack()
  gateway = await stack.startGateway({}, { onQuery: (sql) => statements.push(sql) })
  const seed = people(gateway)
  persons = {
    investor: await seed.investor('Ina Investor'),
    applicant: await seed.investor('Ada Applicant'),
    other: await seed.investor('Otto Other'),
    compliance: await seed.reviewer('Cora Compliance'),
    admin: await seed.admin('Adam Admin'),
  }
  const key = (scopes: ('kyc:read' | 'rates:read' | 'transfers:read')[]) => seed.key({ owner: persons.admin, scopes })
  const keys = { kycKey: await key(['kyc:read', 'rates:read']), otherKey: await key(['transfers:read']) }
  const resolve = ({ token }: { token: string | null }) => gateway.services.viewers.resolve(token)
  viewers = { anonymous }
  for (const [name, person] of Object.entries(persons)) viewers[name] = await resolve(person)
  for (const [name, { key }] of Object.entries(keys)) viewers[name] = await resolve({ token: key })
  await fill()
  domain = await domainOf()
})
afterAll(() => stack.stop())

const id = (noun: string, n: number) => `${noun}_${String(n).padStart(26, '0')}`
const applicants = 12
const undecided = ['draft', 'submitted', 'under_review', 'additional_info_required']
const statuses = [...undecided, 'approved', 'rejected', 'expired']
const statusOf = (n: number): string => {
  if (n < applicants) return undecided[n % undecided.length]!
  return n < 2 * applicants ? 'approved' : n % 2 === 0 ? 'rejected' : 'expired'
}
const address = (n: number) => `0x${String(n).padStart(40, '0')}`

/** Applications in every state, of people of the test and of others, with personal data, documents and history. */
async function fill() {
  const { personalData } = gateway.services
  const client = new pg.Client(stack.database.superuserUrl)
  await client.connect()
  const insert = (table: string, row: Record<string, unknown>) => {
    const names = Object.keys(row)
    const places = names.map((_, i) => `$${i + 1}`)
    return client.query(`insert into ${table} (${names.join()}) values (${places.join()})`, Object.values(row))
  }
  await client.query('set session_replication_role = replica')
  const userIds = [persons.applicant.id, persons.other.id, persons.compliance.id]
  for (let n = userIds.length; n < applicants; n++) {
    const user = { id: id('user', n), email: `person${n}@example.org`, name: n % 4 === 0 ? '' : `Person ${n}` }
    await insert('users', { ...user, banned: n % 5 === 0, created_at: new Date(Date.UTC(2026, 0, n)) })
    userIds.push(user.id)
  }
  for (let n = 0; n < 40; n++) {
    const applicationId = id('kyc', n)
    const userId = userIds[n % applicants]!
    const reviewerId = userId === persons.compliance.id ? persons.admin.id : persons.compliance.id
    // Of one person one is undecided and one approved, at most.
    const status = statusOf(n)
    const isDecided = !undecided.includes(status)
    const day = new Date(Date.UTC(2026, 1, 1 + (n % 20)))
    const sealed = (column: string, plain: string) =>
      personalData.encrypt({ table: 'kyc_applications', column, row: applicationId }, plain)
    await insert('kyc_applications', {
      id: applicationId,
      user_id: userId,
      status,
      first_name: n % 6 === 0 ? null : `First ${n}`,
      last_name: `Last ${n}`,
      nationality: 'NL',
      date_of_birth: sealed('date_of_birth', '1990-01-31'),
      id_document_number: sealed('id_document_number', `NUMBER${n}`),
      id_document_number_digest: personalData.digest(`NUMBER${n}`),
      submitted_at: status === 'draft' ? null : day,
      reviewed_by_id: isDecided ? reviewerId : null,
      reviewed_at: isDecided ? day : null,
      rejection_reason: status === 'rejected' ? 'Not legible' : null,
      rejection_kind: status === 'rejected' ? 'retry' : null,
      expires_at: status === 'approved' ? new Date(Date.UTC(2100, 0, n)) : null,
      created_at: day,
    })
    for (let m = 0; m < n % 4; m++) {
      const documentId = id('kycdoc', n * 10 + m)
      await insert('kyc_documents', {
        id: documentId,
        application_id: applicationId,
        upload_id: id('upload', n * 10 + m),
        uploaded_by_id: userIds[0],
        document_type: 'selfie',
        file_name: `${m}.jpg`,
        content_type: 'image/jpeg',
        size: m + 1,
        sha256: '0'.repeat(64),
        storage_key: documentId,
      })
      await insert('kyc_status_changes', {
        id: id('kycchange', n * 10 + m),
        application_id: applicationId,
        version: m,
        to_status: status,
        changed_by_id: [null, userId, reviewerId][m],
        reason: 'For the file',
      })
    }
  }
  for (let n = 0; n < 6; n++)
    await insert('system_alerts', { id: id('alert', n), severity: 'info', message: `Alert ${n}` })
  const metadata = { decimals: 18, metadata_key: 'x', published_by_id: persons.admin.id }
  await insert('token_metadata', {
    id: id('token', 1),
    chain_id: 1,
    address: address(1),
    name: 'One',
    symbol: 'ONE',
    ...metadata,
  })
  const settings = {
    locale: 'nl',
    time_zone: 'UTC',
    currency: 'EUR',
    theme: 'dark',
    date_format: 'YYYY-MM-DD',
    number_format: 'nl',
  }
  await insert('user_settings', { user_id: persons.applicant.id, ...settings })
  await client.end()
}

/** Arguments that find something, that find nothing, and that are no good. */
async function domainOf(): Promise<Domain> {
  const cursors = graphql(
    `query SomeCursors($orderBy: KycApplicationOrder) { kycApplications(first: 100, orderBy: $orderBy) { edges { cursor } } }`,
  )
  const pages = [
    await persons.compliance.get(cursors, {}),
    await persons.compliance.get(cursors, { orderBy: 'SUBMITTED_AT_DESC' }),
    await persons.other.get(cursors, { orderBy: 'SUBMITTED_AT_ASC' }),
  ]
  const known = pages.flatMap(({ kycApplications }) => kycApplications.edges.slice(0, 4).map(({ cursor }) => cursor))
  const sizes = [1, 2, 3, 5, null]
  const ids = [
    ...Object.values(persons).map((person) => person.id),
    ...[id('user', 4), id('kyc', 0), id('kyc', 8), id('kyc', 14), id('kycdoc', 31), id('kycchange', 131)],
    ...[id('alert', 1), id('token', 1), id('kyc', 999), 'nonsense'],
  ]
  const states = statuses.map((status) => status.toUpperCase())
  return {
    first: [...sizes, ...sizes, ...sizes, 0, 101],
    last: [null, null, null, null, 2],
    after: [null, null, null, ...known, 'nonsense'],
    before: [null, null, null, null, null, null, ...known],
    orderBy: ['SUBMITTED_AT_ASC', 'SUBMITTED_AT_DESC', 'CREATED_AT_ASC', 'CREATED_AT_DESC', null],
    id: ids,
    ids: [[], ids.slice(0, 3), ids.slice(4, 9), ids],
    chainId: [1, 2],
    address: [address(1), address(2)],
    'kycApplications.filter': [
      null,
      {},
      ...states.map((status) => ({ statuses: [status] })),
      { statuses: states, submittedAfter: '2026-02-03T00:00:00Z' },
      { statuses: [], userId: null },
      { userId: persons.applicant.id, submittedBefore: '2026-02-10T00:00:00.000Z' },
      ...['last 1', 'ADA.app', 'number7', '%', '  ', ''].map((search) => ({ search })),
    ],
    'users.filter': [
      null,
      ...['person', 'ad', '_', ' ', ''].map((search) => ({ search })),
      { role: 'INVESTOR', banned: false },
      { banned: true },
      ...['SUBMITTED', 'APPROVED', 'DRAFT'].map((kycStatus) => ({ kycStatus })),
    ],
  }
}

const contextOf = (viewer: Viewer): Context =>
  createContext({ services: gateway.services, viewer, requestId: 'test', credential: null })

const plainly = (document: DocumentNode, viewer: Viewer, variableValues: Record<string, unknown>) =>
  execute({ schema, document, contextValue: contextOf(viewer), variableValues })

/** As a client gets it, in its order, but for positions. Of errors that leave no data the first to come ends the answer: which, is chance. */
function answerOf({ data, ...result }: ExecutionResult) {
  const told = (result.errors ?? []).map(({ message, path, originalError }) => ({
    message,
    path,
    code: (originalError as { code?: string } | undefined)?.code,
  }))
  const errors = data ? told.toSorted((a, b) => (String(a.path) < String(b.path) ? -1 : 1)) : told.length > 0
  return { text: JSON.stringify(data), errors: JSON.parse(JSON.stringify(errors)) }
}

const rootNames = () => {
  const fields = Object.values(schema.getQueryType()!.getFields())
  return fields.filter(({ extensions }) => extensions.compiledRead).map(({ name }) => name)
}

describe('compiled reads', () => {
  it('answer what the plain way answers, to everybody, whatever is asked', async () => {
    const before = { ...readCounts }
    const names = Object.keys(viewers)
    const roots = rootNames()
    expect(roots.length).toBeGreaterThan(7)
    await fc.assert(
      fc.asyncProperty(fc.gen(), async (generate) => {
        const choose = (below: number) => generate(fc.nat, { max: below - 1 })
        const { text, variables } = randomQuery(schema, roots, domain, choose)
        const document = parse(text)
        // Fields of one name are not of one type everywhere.
        fc.pre(validate(schema, document).length === 0)
        const asked = variables.map((values) => ({ values, viewer: viewers[names[choose(names.length)]!]! }))

        // A text that was seen for the first time is read the plain way.
        const expected = []
        for (const { values, viewer } of asked) expected.push(answerOf(await plainly(parse(text), viewer, values)))
        // Of its own, so that nobody but the executor has found what of it cannot be compiled.
        const own = parse(text)
        const definition = own.definitions[0] as OperationDefinitionNode
        const executor = createExecutor({ schema, document: own, definition })
        for (let round = 0; round < 2; round++) {
          for (const [i, { values, viewer }] of asked.entries()) {
            expect(answerOf(await plainly(document, viewer, values)), text).toEqual(expected[i])
            expect(answerOf(await executor(contextOf(viewer), values)), text).toEqual(expected[i])
          }
        }
      }),
      {
        numRuns: runs,
        endOnFailure: true,
        ...(process.env.DIFFERENTIAL_SEED && { seed: Number(process.env.DIFFERENTIAL_SEED) }),
      },
    )
    const count = (result: keyof typeof readCounts) => readCounts[result] - before[result]
    expect(count('compiled')).toBeGreaterThan(runs)
    expect(count('hit')).toBeGreaterThan(runs)
  }, 3_600_000)

  const queue = parse(`query Queue($filter: KycApplicationFilter) {
    kycApplications(first: 20, filter: $filter, orderBy: SUBMITTED_AT_DESC) {
      pageInfo { endCursor }
      nodes {
        id status submittedAt
        user { id name email }
        documents { id documentType fileName }
        statusHistory { id toStatus changedBy { id name } }
      }
    }
  }`)

  it('a list with people, documents, history and reviewers is one statement, in which nothing of the request stands', async () => {
    const { compliance } = viewers
    const filter = { statuses: ['SUBMITTED'], userId: persons.other.id }
    statements.length = 0
    for (let use = 0; use < 6; use++) {
      const result = await plainly(queue, compliance!, { filter })
      expect(result.errors).toBeUndefined()
      expect(statements).toHaveLength(use + 1)
    }
    const compiled = statements.slice(2)
    expect(new Set(compiled).size).toBe(1)
    expect(compiled[0]).toContain(`in ('submitted')`)
    expect(compiled[0]).toContain('limit 21')
    for (const { id } of Object.values(persons)) expect(compiled[0]).not.toContain(id)
  })

  it('reads one row more than a page has only where `pageInfo` is asked for, wherever that stands', async () => {
    const page = 'kycApplications(first: 2, orderBy: SUBMITTED_AT_DESC)'
    const said = 'pageInfo { hasNextPage }'
    const asked = [
      `{ page: ${page} { nodes { id } ${said} } }`,
      `{ page: ${page} { nodes { id } again: ${said} } }`,
      `{ page: ${page} { nodes { id } } page: ${page} { ${said} } }`,
      `{ page: ${page} { nodes { id } ...Said } } fragment Said on KycApplicationConnection { ... { ${said} } }`,
      `query($no: Boolean = false) { page: ${page} { nodes { id } pageInfo @skip(if: $no) { hasNextPage } } }`,
    ]
    const limitsOf = async (text: string) => {
      const document = parse(text)
      expect(validate(schema, document)).toEqual([])
      const shown: unknown[] = []
      statements.length = 0
      for (let use = 0; use < 4; use++) shown.push((await plainly(document, viewers.compliance!, {})).data?.page)
      const limits = statements.map((sql, use) => (use < 2 ? null : /limit (\d+)/.exec(sql)?.[1])).slice(2)
      return { limits, shown }
    }
    for (const text of asked) {
      const { limits, shown } = await limitsOf(text)
      expect(limits).toEqual(['3', '3'])
      for (const page of shown as { nodes: unknown[] }[]) {
        expect(page.nodes).toHaveLength(2)
        expect(Object.values(page)).toContainEqual(expect.objectContaining({ hasNextPage: true }))
      }
    }
    const { limits, shown } = await limitsOf(`{ page: ${page} { nodes { id user { id } } edges { cursor } } }`)
    expect(limits).toEqual(['2', '2'])
    for (const page of shown as { nodes: unknown[] }[]) expect(page.nodes).toHaveLength(2)
  })

  it('one document serves everybody what is theirs, in any order', async () => {
    const mine = parse(
      `{ viewer { id kycApplications { nodes { user { id } } } } kycApplications { nodes { user { id } } } }`,
    )
    for (let round = 0; round < 4; round++) {
      for (const person of [persons.applicant, persons.other, persons.investor, persons.applicant]) {
        const viewer = await gateway.services.viewers.resolve(person.token)
        const { data } = await plainly(mine, viewer, {})
        const owners = [...JSON.stringify(data).matchAll(/user_\w+/g)].map(([id]) => id)
        expect(new Set(owners)).toEqual(new Set([person.id]))
      }
    }
  })

  const page = 'kycApplications(first: 3)'
  it.each([
    `{ viewer { ${page} { nodes { id } } ${page} { nodes { version } } } }`,
    `{ viewer { a: ${page} { nodes { id } } b: ${page} { nodes { version status } } } }`,
    `{ viewer { ${page} { nodes { id } } ...F } } fragment F on User { ${page} { nodes { documents { id } } } }`,
    `{ viewer { ${page} { nodes { version @skip(if: true) } } ${page} { edges { node { version } } } } }`,
    `{ viewer { ${page} { nodes { id } } ${page} { nodes { reviewedBy { id } statusHistory { changedBy { id } } } } } }`,
    `{ kycApplications { nodes { user { ${page} { nodes { id } } } } edges { node { user { ${page} { nodes { version } } } } } } }`,
    `{ kycApplications { nodes { user { id } documents { id } } nodes { user { name } documents { fileName } } } }`,
  ])('what is asked for twice is read once, with all that is selected of it: %s', async (text) => {
    const document = parse(text)
    expect(validate(schema, document)).toEqual([])
    const viewer = viewers.applicant!
    const expected = answerOf(await plainly(parse(text), viewer, {}))
    expect(expected.errors).toEqual([])
    expect(expected.text).toContain('"nodes":[{')
    for (let use = 0; use < 4; use++) {
      statements.length = 0
      expect(answerOf(await plainly(document, viewer, {}))).toEqual(expected)
      expect(statements).toHaveLength(1)
    }
    expect(fellBack(document)).toBe(false)
  })

  it('what a plan has left out of a row is not taken for null', async () => {
    const [row] = (await gateway.services.db.query.kycApplications.findMany({ columns: { id: true }, limit: 1 })) as [
      { id: string },
    ]
    markCompiled([row], {})
    const type = new GraphQLObjectType({
      name: 'Query',
      fields: { found: { type: schema.getType('KycApplication') as GraphQLObjectType, resolve: () => row } },
    })
    const document = parse('{ found { id version documents { id } reviewedBy { id } user { id } } }')
    const { data, errors } = await execute({
      schema: new GraphQLSchema({ query: type }),
      document,
      contextValue: contextOf(viewers.compliance!),
    })
    expect(errors).toBeUndefined()
    const { version, documents, user } = (data as { found: Record<string, unknown> }).found
    expect({ version, documents, user }).toEqual({
      version: expect.any(Number),
      documents: expect.any(Array),
      user: { id: expect.any(String) },
    })
  })

  it('a relation twice with other arguments is read the plain way, and counted', async () => {
    const pages = `one: kycApplications(first: 1) { nodes { id } } two: kycApplications(first: 2) { nodes { id } }`
    const [one, two] = [
      'one: kycApplications(first: 1) { nodes { id } }',
      'two: kycApplications(first: 2) { nodes { id } }',
    ]
    for (const text of [
      `{ viewer { ${pages} } }`,
      `{ kycApplications { edges { node { user { ${pages} } } } } }`,
      `{ kycApplications { nodes { user { ${one} } } edges { node { user { ${two} } } } } }`,
      `{ kycApplications { ...A ...B } } fragment A on KycApplicationConnection { edges { node { user { ${one} } } } }
       fragment B on KycApplicationConnection { nodes { user { ${two} } } }`,
    ]) {
      const twice = parse(text)
      const before = readCounts.plain
      const expected = answerOf(await plainly(parse(text), viewers.applicant!, {}))
      for (let use = 0; use < 4; use++) {
        expect(answerOf(await plainly(twice, viewers.applicant!, {}))).toEqual(expected)
        expect(fellBack(twice)).toBe(use >= 2)
      }
      expect(readCounts.plain - before).toBe(5)
      for (const [alias, length] of [
        ['one', 1],
        ['two', 2],
      ] as const) {
        const [, found] = new RegExp(`"${alias}":\\{"nodes":(\\[.*?\\])`).exec(expected.text)!
        expect(JSON.parse(found!)).toHaveLength(length)
      }
    }
  })

  it('what is wrong with a request is said in the same words, and is nobody else’s', async () => {
    const page = parse(
      `query($first: Int, $after: String) { viewer { kycApplications(first: $first, after: $after) { nodes { id } } } }`,
    )
    const faultOf = async (variables: object) => {
      const { errors } = await plainly(page, viewers.applicant!, { ...variables })
      return errors?.map(({ message }) => message)
    }
    for (let use = 0; use < 4; use++) {
      expect(await faultOf({})).toBeUndefined()
      expect(await faultOf({ first: 101 })).toEqual(['first: Must be from 1 to 100.'])
      expect(await faultOf({ after: 'none' })).toEqual(['after: This is not a cursor of this list.'])
    }
    expect(fellBack(page)).toBe(false)
  })

  it('whatever looks at a value that is bound later is not compiled', () => {
    const later = boundLater<string>('id')
    const looks = [
      () => `${later}`,
      () => `x${later}`.length,
      () => later.length,
      () => later.trim(),
      () => JSON.stringify({ later }),
    ]
    for (const look of looks) expect(look).toThrow()
  })

  it('a statement has a name once it is used, and few have one', async () => {
    for (let use = 0; use < 20; use++) await plainly(queue, viewers.compliance!, {})
    const { rows } = await gateway.services.pool.query<{ statement: string; uses: number }>(
      `select statement, (generic_plans + custom_plans)::int as uses from pg_prepared_statements where name like 'read%'`,
    )
    expect(rows.length).toBeGreaterThan(0)
    expect(rows.length).toBeLessThanOrEqual(200)
  })
})
