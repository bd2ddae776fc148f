import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { graphql } from './graphql/index.ts'
import { type Person, people, type Stack, startStack, type TestGateway } from './harness/index.ts'
import { complete, kycOperations, submitted, uploadDocument } from './harness/kyc.ts'

let stack: Stack
let gateway: TestGateway
let seed: ReturnType<typeof people>
let reviewer: Person

beforeAll(async () => {
  stack = await startStack()
  gateway = await stack.startGateway()
  seed = people(gateway)
  reviewer = await seed.reviewer()
})
afterAll(() => stack.stop())

const live = graphql(`
  subscription LiveStatus($applicationId: ID, $statuses: [KycStatus!], $after: String) {
    kycStatusChanges(applicationId: $applicationId, statuses: $statuses, after: $after) {
      cursor
      change { id fromStatus toStatus reason changedBy { id } }
      application { id status version documents { id } user { id email } }
    }
  }
`)
const stateAndCursor = graphql(
  `query StateAndCursor { eventCursor kycApplications(first: 100) { nodes { id status version } } }`,
)
const startReview = graphql(
  `mutation TakeIntoReview($id: ID!) { startKycReview(input: { applicationId: $id }) { application { status } } }`,
)
const askForMore = graphql(
  `mutation AskForMore($id: ID!) { requestKycInformation(input: { applicationId: $id, reason: "A sharper selfie" }) { application { status } } }`,
)
const downloadOf = graphql(
  `mutation DownloadOf($id: ID!) { requestKycDocumentDownload(input: { documentId: $id }) { download { url expiresAt } } }`,
)
const audit = graphql(`query AuditOf($filter: AuditFilter, $first: Int, $after: String, $last: Int, $before: String) {
  auditLog(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    nodes { id stream sequence action subjectId details createdAt hash previousHash actor { id role } }
  }
}`)
const nodeOf = graphql(
  `query NodeOf($id: ID!) { node(id: $id) { __typename id ... on AuditEntry { action hash } ... on KycDocument { fileName application { id } } ... on KycStatusChange { toStatus } } }`,
)

/** How many steps are left to an approval. */
const stepsTo: Partial<Record<string, number>> = { SUBMITTED: 2, UNDER_REVIEW: 1 }

const stepOf = async (subscription: { next(): Promise<{ kycStatusChanges: { change: { toStatus: string } } }> }) =>
  (await subscription.next()).kycStatusChanges.change.toStatus

it('from sign-up to approval: the applicant’s open subscription shows each step as it happens', async () => {
  const applicant = await seed.investor('Ines Investor')
  const { eventCursor } = await applicant.get(stateAndCursor)
  const subscription = applicant.subscribe(live, { after: eventCursor })
  const id = await complete(applicant)
  expect(await stepOf(subscription)).toBe('DRAFT')
  await applicant.get(kycOperations.submit, { id })
  expect(await stepOf(subscription)).toBe('SUBMITTED')
  await reviewer.get(askForMore, { id })
  const asked = (await subscription.next()).kycStatusChanges
  expect(asked.change).toMatchObject({
    toStatus: 'ADDITIONAL_INFO_REQUIRED',
    reason: 'A sharper selfie',
    changedBy: null,
  })
  await uploadDocument(applicant, id, 'SELFIE')
  await applicant.get(kycOperations.submit, { id })
  await reviewer.get(startReview, { id })
  await reviewer.get(kycOperations.approve, { id })
  expect([await stepOf(subscription), await stepOf(subscription)]).toEqual(['SUBMITTED', 'UNDER_REVIEW'])
  const last = (await subscription.next()).kycStatusChanges
  expect(last).toMatchObject({
    change: { toStatus: 'APPROVED' },
    application: { id, status: 'APPROVED', user: { id: applicant.id, email: applicant.email } },
  })
  expect(last.application.documents).toHaveLength(4)
  await applicant.close()
})

it('state and cursor are one snapshot: what follows the cursor is exactly what is missing, under writes', async () => {
  const applicants = await Promise.all([1, 2, 3, 4].map(() => seed.investor()))
  const ids = await Promise.all(applicants.map((applicant) => submitted(applicant)))
  const deciding = Promise.all(
    ids.map(async (id) => {
      await reviewer.get(startReview, { id })
      await reviewer.get(kycOperations.approve, { id })
    }),
  )
  for (let round = 0; round < 5; round++) {
    const { eventCursor, kycApplications } = await reviewer.get(stateAndCursor)
    const statuses = new Map(kycApplications.nodes.map((node) => [node.id, node.status]))
    const open = ids.map((id) => stepsTo[statuses.get(id)!] ?? 0).reduce((a, b) => a + b, 0)
    const subscription = reviewer.subscribe(live, { after: eventCursor })
    for (let n = 0; n < open; n++) {
      const { change, application } = (await subscription.next()).kycStatusChanges
      expect(change.fromStatus).toBe(statuses.get(application.id))
      statuses.set(application.id, change.toStatus)
    }
    expect(ids.map((id) => statuses.get(id))).toEqual(ids.map(() => 'APPROVED'))
    await reviewer.close()
  }
  await deciding
})

it('a client that was away goes on with its last cursor: nothing missed, nothing repeated', async () => {
  const applicant = await seed.investor()
  const first = applicant.subscribe(live, { after: (await applicant.get(stateAndCursor)).eventCursor })
  const id = await complete(applicant)
  const { cursor } = (await first.next()).kycStatusChanges
  await applicant.close()
  await applicant.get(kycOperations.submit, { id })
  await reviewer.get(startReview, { id })
  const second = applicant.subscribe(live, { after: cursor })
  expect([await stepOf(second), await stepOf(second)]).toEqual(['SUBMITTED', 'UNDER_REVIEW'])
  await reviewer.get(kycOperations.approve, { id })
  expect(await stepOf(second)).toBe('APPROVED')
  await applicant.close()
})

it('a subscription is filtered by application and by status, and shows nobody another’s', async () => {
  const [one, other] = [await seed.investor(), await seed.investor()]
  const mine = await submitted(one)
  const theirs = await submitted(other)
  const after = (await reviewer.get(stateAndCursor)).eventCursor
  const own = one.subscribe(live, { after: (await one.get(stateAndCursor)).eventCursor })
  const approvals = reviewer.subscribe(live, { statuses: ['APPROVED'], after })
  const ofOne = reviewer.subscribe(live, { applicationId: mine, after })
  await reviewer.get(kycOperations.approve, { id: theirs })
  await reviewer.get(startReview, { id: mine })
  await reviewer.get(kycOperations.approve, { id: mine })
  expect((await approvals.next()).kycStatusChanges.application.id).toBe(theirs)
  expect((await approvals.next()).kycStatusChanges.application.id).toBe(mine)
  expect([await stepOf(ofOne), await stepOf(ofOne)]).toEqual(['UNDER_REVIEW', 'APPROVED'])
  expect((await own.next()).kycStatusChanges.application.id).toBe(mine)
  await Promise.all([one.close(), reviewer.close()])
})

it('a cursor that is none, of another stream, or not of this log, is refused with its code', async () => {
  const codeOf = async (after: string) => {
    const subscription = reviewer.subscribe(live, { after })
    const result = await subscription.nextResult().catch((errors: { extensions: { code: string } }[]) => ({ errors }))
    await reviewer.close()
    return result?.errors?.[0]?.extensions?.code
  }
  const cursor = (places: unknown[]) => Buffer.from(JSON.stringify([1, ...places])).toString('base64url')
  expect(await codeOf('nonsense')).toBe('BAD_USER_INPUT')
  expect(await codeOf(cursor([['rates', 0, '0'.repeat(16)]]))).toBe('BAD_USER_INPUT')
  expect(await codeOf(cursor([['kyc', 1, 'f'.repeat(16)]]))).toBe('RESYNC_REQUIRED')
  expect(await codeOf(cursor([['kyc', 1_000_000, 'f'.repeat(16)]]))).toBe('RESYNC_REQUIRED')
})

it('a reviewer who is demoted gets no other’s event from then on, and keeps their own', async () => {
  const demoted = await seed.reviewer()
  const admin = await seed.admin()
  const setRole = graphql(
    `mutation Demote($userId: ID!) { setUserRole(input: { userId: $userId, role: INVESTOR }) { user { role } } }`,
  )
  const id = await submitted(await seed.investor())
  const subscription = demoted.subscribe(live, { after: (await demoted.get(stateAndCursor)).eventCursor })
  await reviewer.get(startReview, { id })
  expect(await stepOf(subscription)).toBe('UNDER_REVIEW')
  await admin.get(setRole, { userId: demoted.id })
  await reviewer.get(kycOperations.approve, { id })
  await complete(demoted)
  const next = (await subscription.next()).kycStatusChanges
  expect(next).toMatchObject({ change: { toStatus: 'DRAFT' }, application: { user: { id: demoted.id } } })
  await demoted.close()
})

it('several gateways: what one writes the other’s subscribers see', async () => {
  const second = await stack.startGateway()
  const applicant = await seed.investor()
  const there = people(second).as(applicant.token!)
  const { eventCursor } = await applicant.get(stateAndCursor)
  const subscription = there.subscribe(live, { after: eventCursor })
  const id = await submitted(applicant)
  expect([await stepOf(subscription), await stepOf(subscription)]).toEqual(['DRAFT', 'SUBMITTED'])
  await reviewer.get(kycOperations.approve, { id })
  expect(await stepOf(subscription)).toBe('APPROVED')
  await there.close()
})

it('the audit trail tells an admin who did what, page by page, each entry chained to the one before', async () => {
  const admin = await seed.admin()
  const applicant = await seed.investor()
  const id = await submitted(applicant)
  await reviewer.get(kycOperations.approve, { id })
  const { auditLog } = await admin.get(audit, { filter: { subjectId: id }, first: 100 })
  expect(auditLog.nodes.map((entry) => [entry.action, entry.actor?.id])).toEqual([
    ['kyc.approved', reviewer.id],
    ['kyc.submitted', applicant.id],
    ...Array.from({ length: 6 }, (_, index) => [
      index % 2 ? 'document.upload_requested' : 'document.added',
      applicant.id,
    ]),
    ['kyc.created', applicant.id],
  ])
  const chain = (await admin.get(audit, { filter: { stream: 'kyc' }, first: 100 })).auditLog.nodes
  for (const [newer, older] of chain.slice(0, -1).map((entry, index) => [entry, chain[index + 1]!] as const)) {
    expect([newer.previousHash, Number(newer.sequence)]).toEqual([older.hash, Number(older.sequence) + 1])
  }
  const paged: string[] = []
  for (let after: string | undefined, more = true; more; ) {
    const page = (await admin.get(audit, { first: 7, ...(after && { after }) })).auditLog
    paged.push(...page.nodes.map((entry) => entry.id))
    more = page.pageInfo.hasNextPage
    after = page.pageInfo.endCursor ?? undefined
  }
  expect(new Set(paged).size).toBe(paged.length)
  const { rows } = await gateway.services.pool.query(
    `select count(*)::int as count from events where stream not in ('rates', 'transfers')`,
  )
  expect(paged.length).toBe(rows[0].count)
  const entry = auditLog.nodes[0]!
  expect((await admin.get(nodeOf, { id: entry.id })).node).toEqual({
    __typename: 'AuditEntry',
    id: entry.id,
    action: 'kyc.approved',
    hash: entry.hash,
  })
  expect((await reviewer.refusal(nodeOf, { id: entry.id })).code).toBe('NOT_FOUND')
})

it('whatever has an id is a node to whoever may see it', async () => {
  const applicant = await seed.investor()
  const stranger = await seed.investor()
  const id = await complete(applicant)
  const document = await uploadDocument(applicant, id, 'ID_BACK')
  const { rows } = await gateway.services.pool.query('select id from kyc_status_changes where application_id = $1', [
    id,
  ])
  for (const each of [id, document.id, rows[0].id as string, applicant.id]) {
    expect((await applicant.get(nodeOf, { id: each })).node?.id).toBe(each)
    expect((await stranger.refusal(nodeOf, { id: each })).code).toBe('NOT_FOUND')
  }
  for (const nonsense of ['', 'x', 'user_', 'kyc_zzzz', 'session_00000000000000000000000000']) {
    expect((await applicant.refusal(nodeOf, { id: nonsense })).code).toBe('NOT_FOUND')
  }
})

it('a reviewer reads the very bytes that were uploaded, as an attachment', async () => {
  const applicant = await seed.investor()
  const id = await submitted(applicant)
  const read = graphql(`query DigestsOf($id: ID!) { kycApplication(id: $id) { documents { id sha256 } } }`)
  const [document] = (await reviewer.get(read, { id })).kycApplication!.documents
  const { url } = (await reviewer.get(downloadOf, { id: document!.id })).requestKycDocumentDownload.download
  const response = await fetch(url)
  expect(response.headers.get('content-disposition')).toMatch(/^attachment/)
  expect(
    createHash('sha256')
      .update(Buffer.from(await response.arrayBuffer()))
      .digest('hex'),
  ).toBe(document!.sha256)
})
