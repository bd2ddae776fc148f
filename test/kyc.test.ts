import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { graphql } from './graphql/index.ts'
import { type Person, people, type Stack, startStack, type TestGateway } from './harness/index.ts'
import { approved, complete, details, draft, kycOperations, submitted, uploadDocument } from './harness/kyc.ts'

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

const read = graphql(`
  query ReadApplication($id: ID!) {
    kycApplication(id: $id) {
      id version status firstName lastName dateOfBirth nationality residenceCountry
      residenceAddress { street city state postalCode country }
      idDocumentType idDocumentNumber idDocumentExpiry submittedAt reviewedAt rejectionReason rejectionKind expiresAt createdAt updatedAt
      user { id email kycStatus }
      reviewedBy { id }
      documents { id documentType fileName contentType size sha256 uploadedAt application { id } }
      statusHistory { id fromStatus toStatus reason createdAt changedBy { id } application { id } }
    }
  }
`)
const update = graphql(`
  mutation UpdateApplication($id: ID!, $details: KycDetailsInput!, $expectedVersion: Int) {
    updateKycApplication(input: { applicationId: $id, details: $details, expectedVersion: $expectedVersion }) {
      application { id version firstName idDocumentNumber residenceAddress { city } }
    }
  }
`)
const startReview = graphql(`
  mutation StartReview($id: ID!) { startKycReview(input: { applicationId: $id }) { application { status version } } }
`)
const requestInformation = graphql(`
  mutation RequestInformation($id: ID!, $reason: String!) {
    requestKycInformation(input: { applicationId: $id, reason: $reason }) { application { status version } }
  }
`)
const reject = graphql(`
  mutation RejectApplication($id: ID!, $kind: KycRejectionKind!, $reason: String!) {
    rejectKycApplication(input: { applicationId: $id, kind: $kind, reason: $reason }) {
      application { status rejectionReason rejectionKind }
    }
  }
`)
const revoke = graphql(`
  mutation RevokeApproval($id: ID!) {
    revokeKycApproval(input: { applicationId: $id, reason: "Sanctions list" }) { application { status } }
  }
`)
const reveal = graphql(`
  mutation RevealDetails($id: ID!, $reason: String!) {
    revealKycDetails(input: { applicationId: $id, reason: $reason }) {
      details { dateOfBirth idDocumentNumber residenceAddress { street city } }
    }
  }
`)
const list = graphql(`
  query ListApplications($first: Int, $after: String, $last: Int, $before: String, $filter: KycApplicationFilter, $orderBy: KycApplicationOrder) {
    kycApplications(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {
      totalCount
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      nodes { id }
      edges { cursor node { id status submittedAt } }
    }
  }
`)

const eventsOf = async (id: string) => {
  const { rows } = await gateway.services.pool.query<{
    type: string
    actor_id: string
    payload: Record<string, unknown>
  }>('select type, actor_id, payload from events where subject_id = $1 order by position', [id])
  return rows
}
const countOf = async (query: string, values: unknown[] = []) =>
  Number((await gateway.services.pool.query<{ count: string }>(query, values)).rows[0]?.count)

describe('from a draft to an approval', () => {
  it('the applicant fills, uploads and submits; a reviewer reviews and approves; every step is history and event', async () => {
    const applicant = await seed.investor()
    const id = await complete(applicant)
    await applicant.get(kycOperations.submit, { id })
    await reviewer.get(startReview, { id })
    const { approveKycApplication } = await reviewer.get(kycOperations.approve, { id })
    const application = approveKycApplication.application
    expect(application.status).toBe('APPROVED')
    const days = (Date.parse(application.expiresAt!) - Date.parse(application.reviewedAt!)) / 86_400_000
    expect(days).toBe(365)

    const { kycApplication } = await applicant.get(read, { id })
    expect(kycApplication?.statusHistory.map((change) => [change.fromStatus, change.toStatus])).toEqual([
      [null, 'DRAFT'],
      ['DRAFT', 'SUBMITTED'],
      ['SUBMITTED', 'UNDER_REVIEW'],
      ['UNDER_REVIEW', 'APPROVED'],
    ])
    expect(kycApplication?.user.kycStatus).toBe('APPROVED')
    const events = await eventsOf(id)
    expect(events.map((event) => event.type)).toEqual([
      'kyc.created',
      ...Array(3).fill(['document.upload_requested', 'document.added']).flat(),
      'kyc.submitted',
      'kyc.review_started',
      'kyc.approved',
    ])
    const approval = events.at(-1)
    expect(approval?.actor_id).toBe(reviewer.id)
    const digests = kycApplication?.documents.map((document) => document.sha256).sort()
    expect((approval!.payload.documents as { sha256: string }[]).map((document) => document.sha256).sort()).toEqual(
      digests,
    )
  })

  it('asked for more, the applicant changes and submits again', async () => {
    const applicant = await seed.investor()
    const id = await submitted(applicant)
    expect((await applicant.refusal(update, { id, details: { firstName: 'Late' } })).code).toBe('CONFLICT')
    await reviewer.get(requestInformation, { id, reason: 'The selfie is blurred.' })
    await applicant.get(update, { id, details: { firstName: 'Inês' } })
    await applicant.get(kycOperations.submit, { id })
    const { kycApplication } = await applicant.get(read, { id })
    expect(kycApplication).toMatchObject({ status: 'SUBMITTED', firstName: 'Inês' })
    expect(kycApplication?.statusHistory.map((change) => change.reason)).toContain('The selfie is blurred.')
  })

  it('after a rejection to retry another application may follow, after a final one none', async () => {
    const applicant = await seed.investor()
    const first = await submitted(applicant)
    await reviewer.get(reject, { id: first, kind: 'RETRY', reason: 'Unreadable' })
    const second = await submitted(applicant)
    const { rejectKycApplication } = await reviewer.get(reject, { id: second, kind: 'FINAL', reason: 'Forged' })
    expect(rejectKycApplication.application).toEqual({
      status: 'REJECTED',
      rejectionReason: 'Forged',
      rejectionKind: 'FINAL',
    })
    expect((await applicant.refusal(kycOperations.create, { details })).code).toBe('CONFLICT')
  })

  it('one undecided application a user, also when ten are begun at once', async () => {
    const applicant = await seed.investor()
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => applicant.ask(kycOperations.create, { details })),
    )
    expect(answers.filter((answer) => answer.data !== null)).toHaveLength(1)
    const codes = answers.flatMap((answer) => answer.errors.map((error) => error.extensions?.code))
    expect(codes).toEqual(Array(9).fill('CONFLICT'))
    expect(await countOf('select count(*) from kyc_applications where user_id = $1', [applicant.id])).toBe(1)
    expect(await countOf(`select count(*) from events where payload ->> 'userId' = $1`, [applicant.id])).toBe(1)
  })

  it('a final rejection bars also the application that was begun while it was decided', async () => {
    const applicant = await seed.investor()
    const id = await submitted(applicant)
    const rejecting = reviewer.get(reject, { id, kind: 'FINAL', reason: 'Forged' })
    const tries = Array.from({ length: 12 }, () => applicant.ask(kycOperations.create, { details }))
    const codes = (await Promise.all(tries)).flatMap((answer) => answer.errors.map((error) => error.extensions?.code))
    await rejecting
    expect(codes).toEqual(Array(12).fill('CONFLICT'))
    expect(await countOf('select count(*) from kyc_applications where user_id = $1', [applicant.id])).toBe(1)
  })

  it('an approval whose time has come is none any more, whether the job has come by or not', async () => {
    const applicant = await seed.investor()
    const id = await approved(applicant, reviewer)
    await gateway.services.pool.query(
      `update kyc_applications set reviewed_at = now() - interval '2 days', expires_at = now() - interval '1 second', version = version + 1 where id = $1`,
      [id],
    )
    expect((await applicant.get(read, { id })).kycApplication?.user.kycStatus).toBe('EXPIRED')
  })

  it('a renewal expires the approval before it', async () => {
    const applicant = await seed.investor()
    const first = await approved(applicant, reviewer)
    const second = await approved(applicant, reviewer)
    const { kycApplication } = await applicant.get(read, { id: first })
    expect(kycApplication?.status).toBe('EXPIRED')
    expect(kycApplication?.statusHistory.at(-1)).toMatchObject({
      fromStatus: 'APPROVED',
      toStatus: 'EXPIRED',
      changedBy: null,
    })
    expect((await applicant.get(read, { id: second })).kycApplication?.status).toBe('APPROVED')
  })

  it('a revoked approval is none any more', async () => {
    const applicant = await seed.investor()
    const id = await approved(applicant, reviewer)
    await reviewer.get(revoke, { id })
    const { kycApplication } = await applicant.get(read, { id })
    expect(kycApplication).toMatchObject({ status: 'REVOKED', user: { kycStatus: 'REVOKED' } })
    expect((await reviewer.refusal(revoke, { id })).code).toBe('CONFLICT')
  })
})

describe('input', () => {
  it('all faults come at once, each with its path', async () => {
    const applicant = await seed.investor()
    const today = new Date().toISOString().slice(0, 10)
    const { code, extensions } = await applicant.refusal(kycOperations.create, {
      details: {
        firstName: ' ',
        lastName: 'x'.repeat(101),
        dateOfBirth: today,
        idDocumentNumber: '<script>',
        idDocumentExpiry: '2020-01-01',
        residenceAddress: { street: 'a\u202eb', city: '', postalCode: '1', country: 'BE' },
      },
    })
    expect(code).toBe('BAD_USER_INPUT')
    expect((extensions.fields as { path: string }[]).map((field) => field.path).sort()).toEqual([
      'details.dateOfBirth',
      'details.firstName',
      'details.idDocumentExpiry',
      'details.idDocumentNumber',
      'details.lastName',
      'details.residenceAddress.city',
      'details.residenceAddress.street',
    ])
  })

  it('what cannot be is refused with its code, wherever it comes in', async () => {
    const applicant = await seed.investor()
    const codeOf = async (variables: object) => (await reviewer.refusal(list, variables)).code
    expect(await codeOf({ filter: { search: 'a\u0000b' } })).toBe('BAD_USER_INPUT')
    expect(await codeOf({ filter: { submittedAfter: '0000-01-01T00:00:00Z' } })).toBe('BAD_USER_INPUT')
    expect(await codeOf({ filter: { submittedBefore: '9999-12-31T23:59:59-01:00' } })).toBe('BAD_USER_INPUT')
    const cursor = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url')
    for (const after of [
      cursor('createdAt', 8.7e15, 'x'),
      cursor('createdAt', -1e15, 'x'),
      cursor('createdAt', 0, 'x\u0000'),
    ]) {
      expect(await codeOf({ after })).toBe('BAD_USER_INPUT')
    }
    expect((await applicant.refusal(read, { id: 'kyc_\u0000' })).code).toBe('BAD_USER_INPUT')
    for (const firstName of ['A\u00adB', 'A\u061cB', 'A\u180eB', '\u3164']) {
      expect((await applicant.refusal(kycOperations.create, { details: { firstName } })).code).toBe('BAD_USER_INPUT')
    }
  })

  it('a country is taken in any case and answered as ISO 3166-1 writes it', async () => {
    const applicant = await seed.investor()
    const { createKycApplication } = await applicant.get(kycOperations.create, {
      details: { nationality: 'nl', residenceAddress: { ...details.residenceAddress, country: 'be' } },
    })
    const { kycApplication } = await applicant.get(read, { id: createKycApplication.application.id })
    expect(kycApplication).toMatchObject({ nationality: 'NL', residenceAddress: { country: 'BE' } })
    expect((await applicant.refusal(kycOperations.create, { details: { nationality: 'XX' } })).code).toBe(
      'BAD_USER_INPUT',
    )
  })

  it('an incomplete application comes back with all that is missing', async () => {
    const applicant = await seed.investor()
    const { createKycApplication } = await applicant.get(kycOperations.create, {
      details: { firstName: 'Ines', idDocumentType: 'NATIONAL_ID' },
    })
    const { code, extensions } = await applicant.refusal(kycOperations.submit, {
      id: createKycApplication.application.id,
    })
    expect(code).toBe('BAD_USER_INPUT')
    expect((extensions.fields as { path: string }[]).map((field) => field.path)).toEqual([
      'details.lastName',
      'details.dateOfBirth',
      'details.nationality',
      'details.residenceCountry',
      'details.residenceAddress',
      'details.idDocumentNumber',
      'details.idDocumentExpiry',
      'documents.ID_FRONT',
      'documents.SELFIE',
      'documents.PROOF_OF_ADDRESS',
      'documents.ID_BACK',
    ])
  })

  it('an absent field stays as it is and null clears it', async () => {
    const applicant = await seed.investor()
    const id = await draft(applicant)
    const { updateKycApplication } = await applicant.get(update, {
      id,
      details: { residenceAddress: null, lastName: 'New' },
    })
    expect(updateKycApplication.application).toMatchObject({
      version: 2,
      firstName: details.firstName,
      residenceAddress: null,
    })
  })

  it('a change of what has changed meanwhile is a CONFLICT that says where it stands', async () => {
    const applicant = await seed.investor()
    const id = await draft(applicant)
    await applicant.get(update, { id, details: { firstName: 'One' }, expectedVersion: 1 })
    const { code, extensions } = await applicant.refusal(update, {
      id,
      details: { firstName: 'Two' },
      expectedVersion: 1,
    })
    expect({ code, status: extensions.status, version: extensions.version }).toEqual({
      code: 'CONFLICT',
      status: 'DRAFT',
      version: 2,
    })
  })
})

describe('who sees what', () => {
  it('a reviewer sees a submitted application, but neither birthday nor address, and four characters of the number', async () => {
    const applicant = await seed.investor()
    const id = await submitted(applicant)
    const mine = (await applicant.get(read, { id })).kycApplication
    expect(mine).toMatchObject({
      dateOfBirth: details.dateOfBirth,
      idDocumentNumber: 'P1234567',
      residenceAddress: { city: 'Brussels' },
    })
    const theirs = (await reviewer.get(read, { id })).kycApplication
    expect(theirs).toMatchObject({
      dateOfBirth: null,
      residenceAddress: null,
      idDocumentNumber: '••••4567',
      user: { email: applicant.email },
    })
  })

  it('the applicant does not see who reviewed', async () => {
    const applicant = await seed.investor()
    const id = await approved(applicant, reviewer)
    const mine = (await applicant.get(read, { id })).kycApplication
    expect(mine?.reviewedBy).toBeNull()
    expect(mine?.statusHistory.map((change) => change.changedBy?.id ?? null)).toEqual([
      applicant.id,
      applicant.id,
      null,
    ])
    const theirs = (await reviewer.get(read, { id })).kycApplication
    expect(theirs?.reviewedBy?.id).toBe(reviewer.id)
    expect(theirs?.statusHistory.at(-1)?.changedBy?.id).toBe(reviewer.id)
  })

  it('a draft is nobody’s business but the applicant’s, and what is not there looks the same', async () => {
    const applicant = await seed.investor()
    const id = await draft(applicant)
    const stranger = await seed.investor()
    const unknown = `${id.slice(0, -1)}${id.endsWith('0') ? '1' : '0'}`
    const answers = await Promise.all([
      stranger.refusal(read, { id }),
      reviewer.refusal(read, { id }),
      stranger.refusal(read, { id: unknown }),
      stranger.refusal(update, { id, details: {} }),
      stranger.refusal(update, { id: unknown, details: {} }),
    ])
    expect(new Set(answers.map(({ code, message }) => `${code} ${message}`))).toEqual(
      new Set(['NOT_FOUND The application was not found.']),
    )
    const { kycApplications } = await reviewer.get(list, { first: 100 })
    expect(kycApplications.nodes.map((node) => node.id)).not.toContain(id)
  })

  it('what queries withhold is shown to a reviewer who says why, and that is on record; the reason is not in the trail', async () => {
    const applicant = await seed.investor()
    const id = await submitted(applicant)
    const { revealKycDetails } = await reviewer.get(reveal, { id, reason: 'Name match on a list' })
    expect(revealKycDetails.details).toEqual({
      dateOfBirth: details.dateOfBirth,
      idDocumentNumber: details.idDocumentNumber,
      residenceAddress: { street: 'Rue Neuve 1', city: 'Brussels' },
    })
    const event = (await eventsOf(id)).at(-1)
    expect(event).toMatchObject({ type: 'kyc.details_revealed', actor_id: reviewer.id })
    expect(JSON.stringify(event)).not.toContain('Name match')
    expect(
      await countOf(`select count(*) from kyc_reveals where application_id = $1 and reason = 'Name match on a list'`, [
        id,
      ]),
    ).toBe(1)
  })

  it('an admin must have proved who they are once more', async () => {
    const admin = await seed.admin()
    const id = await submitted(await seed.investor())
    expect((await admin.refusal(reveal, { id, reason: 'Audit' })).code).toBe('FORBIDDEN')
    const wrong = await seed.post('/step-up', { password: 'not my password' }, admin.token!)
    expect(wrong.status).toBe(401)
    expect((await admin.refusal(reveal, { id, reason: 'Audit' })).code).toBe('FORBIDDEN')
    expect((await seed.post('/step-up', { password: admin.password }, admin.token!)).status).toBe(200)
    expect((await admin.get(reveal, { id, reason: 'Audit' })).revealKycDetails.details.dateOfBirth).toBe(
      details.dateOfBirth,
    )
  })

  it('personal data is not in the database as text', async () => {
    const applicant = await seed.investor()
    await draft(applicant)
    const { rows } = await gateway.services.pool.query(
      'select kyc_applications::text as row from kyc_applications where user_id = $1',
      [applicant.id],
    )
    for (const canary of ['1990-02-28', 'P1234567', 'Rue Neuve']) {
      expect(rows[0].row).not.toContain(canary)
      expect(rows[0].row).not.toContain(Buffer.from(canary).toString('hex'))
    }
  })
})

describe('lists', () => {
  it('D9: pages by key neither skip nor repeat while others write, forward and backward', async () => {
    const applicants = await Promise.all(Array.from({ length: 7 }, () => seed.investor()))
    const ids = await Promise.all(applicants.map(async (applicant) => submitted(applicant)))
    const filter = { submittedAfter: '2020-01-01T00:00:00Z' }
    const seen: string[] = []
    for (let after: string | null = null, more = true; more; ) {
      const { kycApplications } = await reviewer.get(list, { first: 3, after, filter, orderBy: 'SUBMITTED_AT_DESC' })
      seen.push(...kycApplications.nodes.map((node) => node.id))
      // A newer one while the pages are read: it belongs before the first page, and shifts no later one.
      if (seen.length === 3) ids.push(await submitted(await seed.investor()))
      ;({ hasNextPage: more, endCursor: after = null } = kycApplications.pageInfo as {
        hasNextPage: boolean
        endCursor: string | null
      })
    }
    expect(new Set(seen).size).toBe(seen.length)
    for (const id of ids.slice(0, 7)) expect(seen).toContain(id)

    const everything = (await reviewer.get(list, { first: 100, filter, orderBy: 'SUBMITTED_AT_ASC' })).kycApplications
    expect(everything.totalCount).toBe(everything.nodes.length)
    const back: string[] = []
    for (let before: string | null = null, more = true; more; ) {
      const { kycApplications } = await reviewer.get(list, { last: 4, before, filter, orderBy: 'SUBMITTED_AT_ASC' })
      back.unshift(...kycApplications.nodes.map((node) => node.id))
      ;({ hasPreviousPage: more, startCursor: before = null } = kycApplications.pageInfo as {
        hasPreviousPage: boolean
        startCursor: string | null
      })
    }
    expect(back).toEqual(everything.nodes.map((node) => node.id))
  })

  it('one’s own drafts come first going down and last going up', async () => {
    const applicant = await seed.investor()
    const first = await approved(applicant, reviewer)
    const second = await draft(applicant)
    const orderOf = async (orderBy: 'SUBMITTED_AT_ASC' | 'SUBMITTED_AT_DESC') => {
      const one = (await applicant.get(list, { first: 1, orderBy })).kycApplications
      const two = (await applicant.get(list, { first: 1, orderBy, after: one.pageInfo.endCursor ?? null }))
        .kycApplications
      return [...one.nodes, ...two.nodes].map((node) => node.id)
    }
    expect(await orderOf('SUBMITTED_AT_DESC')).toEqual([second, first])
    expect(await orderOf('SUBMITTED_AT_ASC')).toEqual([first, second])
  })

  it('a page may end before a cursor or begin after one, whichever side is asked for', async () => {
    const everything = (await reviewer.get(list, { first: 100, orderBy: 'SUBMITTED_AT_DESC' })).kycApplications
    const ids = everything.nodes.map((node) => node.id)
    expect(ids.length).toBeGreaterThan(6)
    const cursor = (index: number) => everything.edges[index]!.cursor
    const page = async (variables: { first?: number; last?: number; after?: string; before?: string }) => {
      const { nodes, pageInfo } = (await reviewer.get(list, { ...variables, orderBy: 'SUBMITTED_AT_DESC' }))
        .kycApplications
      return [nodes.map((node) => ids.indexOf(node.id)), pageInfo.hasPreviousPage, pageInfo.hasNextPage]
    }
    const end = ids.length - 1
    expect(await page({ first: 2, before: cursor(4) })).toEqual([[0, 1], false, true])
    expect(await page({ last: 2, before: cursor(4) })).toEqual([[2, 3], true, true])
    expect(await page({ last: 2, after: cursor(1) })).toEqual([[end - 1, end], true, false])
    expect(await page({ after: cursor(1), before: cursor(4) })).toEqual([[2, 3], true, true])
  })

  it('a list beneath a user is a list like any other', async () => {
    const nested = graphql(`
      query NestedList($first: Int, $last: Int, $after: String) {
        viewer { kycApplications(first: $first, last: $last, after: $after) { totalCount nodes { id } } }
      }
    `)
    const applicant = await seed.investor()
    const first = await approved(applicant, reviewer)
    const second = await draft(applicant)
    const { viewer } = await applicant.get(nested, { first: 1 })
    expect(viewer?.kycApplications).toEqual({ totalCount: 2, nodes: [{ id: second }] })
    expect((await applicant.get(nested, { last: 1 })).viewer?.kycApplications.nodes).toEqual([{ id: first }])
    for (const variables of [{ first: 0 }, { first: 101 }, { first: -1 }, { first: 1, last: 1 }, { after: 'none' }]) {
      expect((await applicant.refusal(nested, variables)).code).toBe('BAD_USER_INPUT')
    }
  })

  it('search finds a prefix of a name or an e-mail address and an exact document number, and takes no wildcards', async () => {
    const applicant = await seed.investor()
    const id = await complete(applicant)
    const unusual = `X${process.pid}Q${Date.now() % 100_000}`
    await applicant.get(update, { id, details: { lastName: 'Zöllner%x', idDocumentNumber: unusual } })
    await applicant.get(kycOperations.submit, { id })
    const found = async (search: string) =>
      (await reviewer.get(list, { filter: { search } })).kycApplications.nodes.map((node) => node.id)
    expect(await found('zöll')).toContain(id)
    expect(await found(applicant.email.slice(0, -4).toUpperCase())).toEqual([id])
    expect(await found(unusual.toLowerCase())).toEqual([id])
    expect(await found(unusual.slice(0, -1))).toEqual([])
    expect(await found('zöllner%x')).toEqual([id])
    expect(await found('z%r')).toEqual([])
  })

  it('a page is from 1 to 100, one way at a time, with a cursor of this list', async () => {
    const faultOf = async (variables: { first?: number; last?: number; after?: string }) => {
      const { code, extensions } = await reviewer.refusal(list, variables)
      return [code, ...(extensions.fields as { path: string }[]).map((field) => field.path)]
    }
    expect(await faultOf({ first: 0 })).toEqual(['BAD_USER_INPUT', 'first'])
    expect(await faultOf({ first: 101 })).toEqual(['BAD_USER_INPUT', 'first'])
    expect(await faultOf({ first: 1, last: 1 })).toEqual(['BAD_USER_INPUT', 'last'])
    expect(await faultOf({ after: 'nonsense' })).toEqual(['BAD_USER_INPUT', 'after'])
  })
})

describe('decisions', () => {
  it('D1, D2: of twenty reviewers who decide at once one does; nineteen are told CONFLICT; one line of history, one event', async () => {
    const id = await submitted(await seed.investor())
    const decide = (n: number) =>
      n % 2 === 0
        ? reviewer.ask(kycOperations.approve, { id })
        : reviewer.ask(reject, { id, kind: 'RETRY', reason: 'No' })
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => decide(n)))
    expect(answers.filter((answer) => answer.data !== null)).toHaveLength(1)
    const codes = answers.flatMap((answer) => answer.errors.map((error) => error.extensions?.code))
    expect(codes).toEqual(Array(19).fill('CONFLICT'))
    expect(await countOf('select count(*) from kyc_status_changes where application_id = $1', [id])).toBe(3)
    const decided = (await eventsOf(id)).filter((event) => /approved|rejected/.test(event.type))
    expect(decided).toHaveLength(1)
  })

  it('D1: a decision on what is not there is NOT_FOUND and leaves no history', async () => {
    const before = await countOf('select count(*) from kyc_status_changes')
    expect((await reviewer.refusal(kycOperations.approve, { id: 'kyc_00000000000000000000000000' })).code).toBe(
      'NOT_FOUND',
    )
    expect(await countOf('select count(*) from kyc_status_changes')).toBe(before)
  })

  it('D2: every step that is not allowed is refused, by the use cases and by the database', async () => {
    const id = await approved(await seed.investor(), reviewer)
    expect((await reviewer.refusal(startReview, { id })).code).toBe('CONFLICT')
    expect((await reviewer.refusal(kycOperations.approve, { id })).code).toBe('CONFLICT')
    const { pool } = gateway.services
    await expect(
      pool.query(`update kyc_applications set status = 'draft', version = version + 1 where id = $1`, [id]),
    ).rejects.toThrow(/cannot become draft/)
    await expect(pool.query(`update kyc_applications set status = 'revoked' where id = $1`, [id])).rejects.toThrow(
      /version grows by one/,
    )
    await expect(
      pool.query(`update kyc_applications set status = 'revoked', version = version + 1 where id = $1`, [id]),
    ).rejects.toThrow(/kyc_status_changes/)
  })

  it('D3: a reviewer cannot decide on an application of their own, not even past the use cases', async () => {
    const both = await seed.reviewer()
    const id = await submitted(both)
    expect((await both.refusal(startReview, { id })).code).toBe('FORBIDDEN')
    expect((await both.refusal(kycOperations.approve, { id })).code).toBe('FORBIDDEN')
    expect((await both.refusal(reveal, { id, reason: 'Mine' })).code).toBe('FORBIDDEN')
    const direct = gateway.services.pool.query(
      `update kyc_applications set status = 'approved', version = version + 1, reviewed_by_id = user_id, reviewed_at = now(), expires_at = now() + '1 day' where id = $1`,
      [id],
    )
    await expect(direct).rejects.toMatchObject({ constraint: 'kyc_applications_reviewer_is_not_applicant' })
    expect((await reviewer.get(kycOperations.approve, { id })).approveKycApplication.application.status).toBe(
      'APPROVED',
    )
  })

  it('an investor decides nothing', async () => {
    const applicant = await seed.investor()
    const id = await submitted(applicant)
    expect((await applicant.refusal(kycOperations.approve, { id })).code).toBe('FORBIDDEN')
    expect((await seed.anonymous().refusal(kycOperations.approve, { id })).code).toBe('UNAUTHENTICATED')
  })

  it('an approval whose time has come expires by the job, once, with history and event', async () => {
    const { expireKycApplications } = await import('../src/resolvers/kyc/expire.ts')
    const id = await approved(await seed.investor(), reviewer)
    await gateway.services.pool.query(
      `update kyc_applications set reviewed_at = now() - interval '2 days', expires_at = now() - interval '1 second', version = version + 1 where id = $1`,
      [id],
    )
    await Promise.all([1, 2, 3].map(() => expireKycApplications({ services: gateway.services })))
    const { kycApplication } = await reviewer.get(read, { id })
    expect(kycApplication).toMatchObject({ status: 'EXPIRED', user: { kycStatus: 'EXPIRED' } })
    expect((await eventsOf(id)).filter((event) => event.type === 'kyc.expired')).toHaveLength(1)
  })
})

describe('evidence', () => {
  it('an approval is refused while a file is missing in the store', async () => {
    const applicant = await seed.investor()
    const id = await complete(applicant)
    const document = await uploadDocument(applicant, id, 'ID_BACK')
    await applicant.get(kycOperations.submit, { id })
    await gateway.services.pool.query('update kyc_documents set missing_at = now() where id = $1', [document.id])
    expect((await reviewer.refusal(kycOperations.approve, { id })).code).toBe('CONFLICT')
  })
})
