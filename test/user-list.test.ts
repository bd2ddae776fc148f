import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { KycStatus, UserFilter } from './graphql/graphql.ts'
import { graphql } from './graphql/index.ts'
import { type Person, people, type Stack, startStack, type TestGateway } from './harness/index.ts'

const statements: string[] = []
let stack: Stack
let gateway: TestGateway
let seed: ReturnType<typeof people>
let admin: Person
let reviewer: Person

beforeAll(async () => {
  stack = await startStack()
  gateway = await stack.startGateway({}, { onQuery: (sql) => statements.push(sql) })
  seed = people(gateway)
  admin = await seed.admin('Ada Admin')
  reviewer = await seed.reviewer('Rose Reviewer')
  await fill()
})
afterAll(() => stack.stop())

const list = graphql(`
  query ListUsers($first: Int, $after: String, $last: Int, $before: String, $filter: UserFilter) {
    users(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
      totalCount
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      nodes { id name email role banned kycStatus createdAt }
    }
  }
`)
const nested = graphql(`
  query ListNested($first: Int!) {
    users(first: $first) { edges { cursor node { id name kycStatus kycApplications(first: 3) { nodes { id status } } } } }
  }
`)

/** Each user stands where the name says, by way of these applications: status, days since it was made, days left. */
const standings: Record<string, { shown: KycStatus | null; applications: [string, number, number?][] }> = {
  'Nobody yet': { shown: null, applications: [] },
  'Draft only': { shown: null, applications: [['draft', 1]] },
  'Submitted once': { shown: 'SUBMITTED', applications: [['submitted', 1]] },
  'In review after a rejection': {
    shown: 'UNDER_REVIEW',
    applications: [
      ['rejected', 9],
      ['under_review', 1],
    ],
  },
  'Asked for more': { shown: 'ADDITIONAL_INFO_REQUIRED', applications: [['additional_info_required', 1]] },
  Rejected: { shown: 'REJECTED', applications: [['rejected', 1]] },
  'Approved and renewing': {
    shown: 'APPROVED',
    applications: [
      ['approved', 9, 9],
      ['submitted', 1],
    ],
  },
  'Approved after an end': {
    shown: 'APPROVED',
    applications: [
      ['expired', 9],
      ['approved', 5, 9],
    ],
  },
  'Over, and the job has not come': { shown: 'EXPIRED', applications: [['approved', 9, -1]] },
  'Over before, rejected since': {
    shown: 'REJECTED',
    applications: [
      ['approved', 9, -1],
      ['rejected', 1],
    ],
  },
  Expired: { shown: 'EXPIRED', applications: [['expired', 9]] },
  'Revoked with a draft': {
    shown: 'REVOKED',
    applications: [
      ['revoked', 9],
      ['draft', 1],
    ],
  },
}
const userId = (n: number) => `user_${String(n).padStart(26, '0')}`

async function fill() {
  const client = new pg.Client(stack.database.superuserUrl)
  await client.connect()
  await client.query('set session_replication_role = replica')
  let applications = 0
  for (const [n, [name, { applications: made }]] of Object.entries(standings).entries()) {
    await client.query(
      `insert into users (id, email, name, created_at) values ($1, $2, $3, now() - $4 * interval '1 hour')`,
      [userId(n), `standing${n}@example.org`, name, n + 1],
    )
    for (const [status, days, left] of made) {
      await client.query(
        `insert into kyc_applications (id, user_id, status, created_at, submitted_at, expires_at, reviewed_at, reviewed_by_id, rejection_reason, rejection_kind)
         values ($1, $2, $3::text::kyc_status, now() - $4 * interval '1 day',
           case when $3::text = 'draft' then null else now() - $4 * interval '1 day' end,
           case when $3::text = 'approved' then now() + $5 * interval '1 day' end, now() - interval '30 days', $6, 'x', 'retry')`,
        [`kyc_${String(++applications).padStart(26, '0')}`, userId(n), status, days, left ?? 0, reviewer.id],
      )
    }
  }
  await client.end()
}

const found = async (filter: UserFilter, by = admin) => {
  const { users } = await by.get(list, { filter, first: 100 })
  expect(users.totalCount).toBe(users.nodes.length)
  return users.nodes
}
const pageAfter = async (after: string | null) => (await admin.get(list, { first: 5, after })).users
const namesOf = async (filter: UserFilter, by = admin) => (await found(filter, by)).map(({ name }) => name).toSorted()

describe('the list of users', () => {
  it('is newest first, page by page, forward and backward, with nobody twice or left out', async () => {
    const everybody = await found({})
    const moments = everybody.map(({ createdAt }) => Date.parse(createdAt))
    expect(moments).toEqual(moments.toSorted((one, other) => other - one))
    expect(everybody.map(({ id }) => id)).toEqual(
      expect.arrayContaining([admin.id, reviewer.id, userId(0), userId(Object.keys(standings).length - 1)]),
    )
    const forward: string[] = []
    for (let page = await pageAfter(null); ; page = await pageAfter(page.pageInfo.endCursor ?? null)) {
      forward.push(...page.nodes.map(({ id }) => id))
      expect(page.totalCount).toBe(everybody.length)
      if (!page.pageInfo.hasNextPage) break
    }
    expect(forward).toEqual(everybody.map(({ id }) => id))
    const { users } = await admin.get(list, { last: 3 })
    expect(users.nodes).toEqual(everybody.slice(-3))
    expect(users.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true })
    const before = await admin.get(list, { last: 2, before: users.pageInfo.startCursor ?? null })
    expect(before.users.nodes).toEqual(everybody.slice(-5, -3))
  })

  it('who comes meanwhile neither repeats nor hides anybody', async () => {
    const { users: first } = await admin.get(list, { first: 3 })
    await seed.investor('Late Comer')
    const { users: second } = await admin.get(list, { first: 3, after: first.pageInfo.endCursor ?? null })
    const everybody = (await found({})).filter(({ name }) => name !== 'Late Comer')
    expect([...first.nodes, ...second.nodes]).toEqual(everybody.slice(0, 6))
  })

  it('is for compliance and admins', async () => {
    expect(await namesOf({ role: 'COMPLIANCE' }, reviewer)).toEqual(['Rose Reviewer'])
    const person = await seed.investor('Curious')
    expect((await person.refusal(list, {})).code).toBe('FORBIDDEN')
    expect((await seed.anonymous().refusal(list, {})).code).toBe('UNAUTHENTICATED')
  })

  it.each([{ first: 0 }, { first: 101 }, { last: -1 }, { first: 1, last: 1 }, { after: 'nonsense' }])(
    '%o is no page',
    async (page) => {
      expect((await admin.refusal(list, page)).code).toBe('BAD_USER_INPUT')
    },
  )

  it('is found by the beginning of a name or an e-mail address, in any case; wildcards are letters', async () => {
    expect(await namesOf({ search: 'IN REV' })).toEqual(['In review after a rejection'])
    expect(await namesOf({ search: '  approved ' })).toEqual(['Approved after an end', 'Approved and renewing'])
    expect(await namesOf({ search: 'Standing1@Example' })).toEqual(['Draft only'])
    expect(await namesOf({ search: 'review' })).toEqual([])
    await seed.investor('100% Percent_')
    await seed.investor('1000 Percent')
    expect(await namesOf({ search: '100%' })).toEqual(['100% Percent_'])
    for (const search of ['_', '%', '*', '?', '\\', `' or true --`, '[', ']', ':']) {
      expect(await namesOf({ search }), search).toEqual([])
    }
    expect(await namesOf({ search: ' \r\n' })).toEqual(await namesOf({}))
  })

  it('somebody whose name and address both fit is there once', async () => {
    const person = await seed.investor('Twofold')
    expect((await found({ search: 'twofold' })).map(({ id }) => id)).toEqual([person.id])
  })

  it('is narrowed to a role', async () => {
    expect(await namesOf({ role: 'ADMIN' })).toEqual(['Ada Admin'])
    expect(await namesOf({ role: 'INVESTOR', search: 'ada' })).toEqual([])
  })

  it('is narrowed to where people stand, as their kycStatus shows it', async () => {
    const shown = Object.fromEntries((await found({})).map(({ name, kycStatus }) => [name, kycStatus]))
    for (const [name, { shown: expected }] of Object.entries(standings)) expect(shown[name], name).toBe(expected)
    for (const status of [
      'DRAFT',
      'SUBMITTED',
      'UNDER_REVIEW',
      'ADDITIONAL_INFO_REQUIRED',
      'APPROVED',
      'REJECTED',
      'EXPIRED',
      'REVOKED',
    ] as const) {
      const expected = Object.keys(standings).filter((name) => standings[name]!.shown === status)
      expect(await namesOf({ kycStatus: status }), status).toEqual(expected.toSorted())
    }
  })

  it('one’s own draft is where oneself stands, and nobody else does', async () => {
    const other = await seed.reviewer('Applying Reviewer')
    const apply = graphql(`mutation ApplyAsReviewer { createKycApplication(input: {}) { application { id } } }`)
    await other.get(apply)
    expect(await namesOf({ kycStatus: 'DRAFT' }, other)).toEqual(['Applying Reviewer'])
    expect(await namesOf({ kycStatus: 'DRAFT' })).toEqual([])
  })

  it('a ban that has ended is none', async () => {
    const ban = graphql(
      `mutation BanListed($userId: ID!, $until: DateTime) { banUser(input: { userId: $userId, reason: "x", until: $until }) { user { banned } } }`,
    )
    const [forEver, ended] = [await seed.investor('Ban one'), await seed.investor('Ban two')]
    await seed.investor('Ban three')
    await admin.get(ban, { userId: forEver.id })
    await admin.get(ban, { userId: ended.id, until: new Date(Date.now() + 60_000).toISOString() })
    expect(await namesOf({ banned: true })).toEqual(['Ban one', 'Ban two'])
    await gateway.services.pool.query(`update users set ban_expires = now() - interval '1 second' where id = $1`, [
      ended.id,
    ])
    expect(await namesOf({ banned: true })).toEqual(['Ban one'])
    expect(await namesOf({ banned: false, search: 'ban ' })).toEqual(['Ban three', 'Ban two'])
  })

  it('with everybody’s status and applications is as many statements for one as for many', async () => {
    const countOf = async (first: number) => {
      statements.length = 0
      const { data } = await admin.ask(nested, { first }, { 'cache-control': 'no-store' })
      expect(data?.users.edges).toHaveLength(first)
      return statements.length
    }
    await countOf(1)
    expect(await countOf(12)).toBe(2)
    expect(await countOf(1)).toBe(2)
  })
})
