import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { graphql } from './graphql/index.ts'
import { type Person, people, type Stack, startStack, type TestGateway } from './harness/index.ts'

const statements: { sql: string; parameters: unknown[] }[] = []
let stack: Stack
let gateway: TestGateway
let reviewer: Person
let admin: Person
let applicant: Person

beforeAll(async () => {
  stack = await startStack()
  gateway = await stack.startGateway({}, { onQuery: (sql, parameters) => statements.push({ sql, parameters }) })
  const seed = people(gateway)
  reviewer = await seed.reviewer()
  admin = await seed.admin()
  applicant = await seed.investor()
  await fill(stack.database.superuserUrl)
})
afterAll(() => stack.stop())

/** Enough rows that a wrong plan would show: 4,000 people, 8,000 applications, 24,000 documents, 16,000 steps, 20,000 events. */
async function fill(superuserUrl: string) {
  const client = new pg.Client(superuserUrl)
  await client.connect()
  const id = (prefix: string, n: string) => `'${prefix}_' || lpad((${n})::text, 26, '0')`
  await client.query(`
    set session_replication_role = replica;
    insert into users (id, email, name) select ${id('user', 'n')}, 'person' || n || '@example.com', 'Person ' || n from generate_series(1, 4000) n;
    insert into kyc_applications (id, user_id, version, status, first_name, last_name, submitted_at, reviewed_at, reviewed_by_id, created_at)
      select ${id('kyc', 'n')}, ${id('user', '1 + n % 4000')}, 2, case when n % 10 = 0 then 'submitted' else 'expired' end::kyc_status,
        'First' || n, 'Last' || n, now() - n * interval '1 minute', now(), ${id('user', '1 + (n + 1) % 4000')}, now() - n * interval '1 minute'
      from generate_series(1, 8000) n where n % 10 <> 0 or n <= 4000;
    insert into uploads (id, user_id, file_name, content_type, size, sha256, expires_at)
      select ${id('upload', 'n')}, ${id('user', '1 + n % 4000')}, 'a.jpg', 'image/jpeg', 1, repeat('0', 64), now() from generate_series(1, 24000) n;
    insert into kyc_documents (id, application_id, upload_id, uploaded_by_id, document_type, file_name, content_type, size, sha256, storage_key)
      select ${id('kycdoc', 'n')}, ${id('kyc', '1 + n % 8000')}, ${id('upload', 'n')}, ${id('user', '1 + n % 4000')}, 'selfie', 'a.jpg', 'image/jpeg', 1, repeat('0', 64), n::text
      from generate_series(1, 24000) n;
    insert into kyc_status_changes (id, application_id, version, to_status, created_at)
      select ${id('kycchange', 'n')}, ${id('kyc', '1 + n % 8000')}, 1 + n / 8000, 'draft', now() from generate_series(1, 16000) n;
    insert into events (stream, position, type, subject_id, actor_id, tags, payload, created_at, previous_hash, hash)
      select 'alerts', n, 'alert.raised', ${id('user', '1 + n % 4000')}, null, '{}', '{}', now() - n * interval '1 second', '\\x', '\\x' from generate_series(1, 20000) n;
    analyze;`)
  await client.end()
}

type Plan = { 'Node Type': string; 'Relation Name'?: string; Plans?: Plan[] }

/** The tables that a statement would read from end to end. */
async function scannedWhole({ sql, parameters }: { sql: string; parameters: unknown[] }) {
  const { rows } = await gateway.services.pool.query<{ 'QUERY PLAN': { Plan: Plan }[] }>(
    `explain (format json) ${sql}`,
    parameters,
  )
  const walk = (plan: Plan): string[] => [
    ...(plan['Node Type'] === 'Seq Scan' ? [plan['Relation Name'] ?? '?'] : []),
    ...(plan.Plans ?? []).flatMap(walk),
  ]
  return walk(rows[0]!['QUERY PLAN'][0]!.Plan)
}

const queue = graphql(`
  query Queue($filter: KycApplicationFilter, $orderBy: KycApplicationOrder, $after: String) {
    kycApplications(first: 20, after: $after, filter: $filter, orderBy: $orderBy) {
      pageInfo { endCursor }
      nodes {
        id status submittedAt
        user { id name email }
        documents { id documentType fileName }
        statusHistory { id toStatus changedBy { id name } }
      }
    }
  }
`)
const one = graphql(
  `query One($id: ID!) { user(id: $id) { id email name kycStatus kycApplications(first: 5) { nodes { id status } } } }`,
)
const audit = graphql(
  `query Audit($filter: AuditFilter, $after: String) { auditLog(first: 20, after: $after, filter: $filter) { pageInfo { endCursor } nodes { id action actor { id email } } } }`,
)
const withStatuses = graphql(
  `query Statuses { kycApplications(first: 20) { nodes { id user { id kycStatus kycApplications(first: 3) { totalCount nodes { id documents { id } } } } } } }`,
)

const usersWithStatuses = graphql(
  `query Users($filter: UserFilter, $after: String) { users(first: 20, after: $after, filter: $filter) { pageInfo { endCursor } nodes { id name email kycStatus kycApplications(first: 3) { nodes { id status } } } } }`,
)

async function statementsOf(work: () => Promise<unknown>) {
  statements.length = 0
  await work()
  return [...statements]
}

it('a list with people, documents, history and reviewers is one statement, however many rows', async () => {
  const found = await statementsOf(() =>
    reviewer.get(queue, { filter: { statuses: ['SUBMITTED'] }, orderBy: 'SUBMITTED_AT_DESC' }),
  )
  expect(found).toHaveLength(1)
})

it('a status for each of twenty people and a count of their applications are one statement more each', async () => {
  const found = await statementsOf(() => reviewer.get(withStatuses))
  expect(found).toHaveLength(3)
})

it('users with where they stand and their applications are two statements', async () => {
  const found = await statementsOf(() => admin.get(usersWithStatuses, {}))
  expect(found).toHaveLength(2)
})

it('the audit trail with its actors is two statements', async () => {
  const found = await statementsOf(() => admin.get(audit, {}))
  expect(found.length).toBeLessThanOrEqual(2)
})

it('D13: no hot query reads a large table from end to end', async () => {
  const { kycApplications } = await reviewer.get(queue, {
    filter: { statuses: ['SUBMITTED'] },
    orderBy: 'SUBMITTED_AT_DESC',
  })
  const after = kycApplications.pageInfo.endCursor ?? null
  const { auditLog } = await admin.get(audit, {})
  const { users } = await admin.get(usersWithStatuses, {})
  const usersAfter = users.pageInfo.endCursor ?? null
  const subjectId = 'user_00000000000000000000000042'
  const hot: Record<string, () => Promise<unknown>> = {
    queue: () => reviewer.get(queue, { filter: { statuses: ['SUBMITTED'] }, orderBy: 'SUBMITTED_AT_DESC' }),
    'queue, second page': () =>
      reviewer.get(queue, { filter: { statuses: ['SUBMITTED'] }, orderBy: 'SUBMITTED_AT_DESC', after }),
    'queue, oldest first': () =>
      reviewer.get(queue, { filter: { statuses: ['SUBMITTED'] }, orderBy: 'SUBMITTED_AT_ASC' }),
    'all, newest first': () => reviewer.get(queue, { orderBy: 'CREATED_AT_DESC' }),
    'all, by submission': () => reviewer.get(queue, { orderBy: 'SUBMITTED_AT_DESC' }),
    'one’s own': () => applicant.get(queue, {}),
    'of a user': () => reviewer.get(queue, { filter: { userId: subjectId } }),
    search: () => reviewer.get(queue, { filter: { search: 'last7777' } }),
    'search by e-mail': () => reviewer.get(queue, { filter: { search: 'person777@' } }),
    'one user': () => reviewer.get(one, { id: subjectId }),
    users: () => admin.get(usersWithStatuses, {}),
    'users, second page': () => admin.get(usersWithStatuses, { after: usersAfter }),
    'users by the beginning of a name or an address': () =>
      admin.get(usersWithStatuses, { filter: { search: 'person 77' } }),
    'users with a role': () => admin.get(usersWithStatuses, { filter: { role: 'ADMIN' } }),
    'users who are banned': () => admin.get(usersWithStatuses, { filter: { banned: true } }),
    'users who stand where most do': () => admin.get(usersWithStatuses, { filter: { kycStatus: 'EXPIRED' } }),
    'users who stand where few do': () => admin.get(usersWithStatuses, { filter: { kycStatus: 'APPROVED' } }),
    'audit trail': () => admin.get(audit, {}),
    'audit trail, second page': () => admin.get(audit, { after: auditLog.pageInfo.endCursor ?? null }),
    'audit trail of a subject': () => admin.get(audit, { filter: { subjectId } }),
  }
  const scans: Record<string, string[]> = {}
  for (const [name, work] of Object.entries(hot)) {
    const found = (await Promise.all((await statementsOf(work)).map(scannedWhole))).flat()
    if (found.length > 0) scans[name] = found
  }
  expect(scans).toEqual({})
})
