import { type GraphQLFormattedError, type GraphQLObjectType, getNamedType, isNonNullType, isObjectType } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { permissions } from '../src/permissions.ts'
import { schema } from '../src/schema/index.ts'
import { people, type Stack, startStack, type TestClient, type TestGateway } from './harness/index.ts'
import { submitted } from './harness/kyc.ts'

/**
 * Who asks: the applicant whose data it is, somebody else, those with a role, a reviewer who is the applicant, a key with
 * every scope that reads, and the key of an indexer. The keys are an admin's: they have none of the owner's rights.
 */
const principals = [
  'anonymous',
  'stranger',
  'applicant',
  'compliance',
  'admin',
  'ownReviewer',
  'partnerKey',
  'indexerKey',
] as const
type Principal = (typeof principals)[number]
/** `yes`: the right is there, whatever else may be wrong with the call. */
type Outcome = 'yes' | 'UNAUTHENTICATED' | 'FORBIDDEN' | 'NOT_FOUND'
type Row = { operation: (ids: Ids) => string; outcome: Record<Principal, Outcome> }
type Ids = {
  application: string
  ownApplication: string
  document: string
  upload: string
  applicant: string
  nobody: string
}

const outcomes = (row: string): Record<Principal, Outcome> => {
  const words: Record<string, Outcome> = { yes: 'yes', who: 'UNAUTHENTICATED', no: 'FORBIDDEN', none: 'NOT_FOUND' }
  const found = row
    .trim()
    .split(/\s+/)
    .map((word) => words[word]!)
  return Object.fromEntries(principals.map((principal, index) => [principal, found[index]!])) as Record<
    Principal,
    Outcome
  >
}
const everybody = outcomes('yes yes yes yes yes yes yes yes')
const signedIn = outcomes('who yes yes yes yes yes no no')
const adminOnly = outcomes('who no no no yes no no no')
const reviewers = outcomes('who no no yes yes no no no')
const indexers = outcomes('who no no no no no no yes')
const step =
  (name: string, rest = '') =>
  (ids: Ids) =>
    `mutation { ${name}(input: { applicationId: "${ids.application}" ${rest} }) { application { id } } }`

/** One row a root field; columns: those of `principals`. */
const matrix: Record<string, Row> = {
  'Query.node': {
    operation: (ids) => `{ node(id: "${ids.application}") { id } }`,
    outcome: outcomes('none none yes yes yes yes yes none'),
  },
  'Query.nodes': { operation: (ids) => `{ nodes(ids: ["${ids.application}"]) { id } }`, outcome: everybody },
  'Query.viewer': { operation: () => '{ viewer { id } }', outcome: everybody },
  'Query.eventCursor': { operation: () => '{ eventCursor }', outcome: everybody },
  'Query.user': {
    operation: (ids) => `{ user(id: "${ids.applicant}") { id } }`,
    outcome: outcomes('who none yes yes yes yes no no'),
  },
  'Query.kycApplication': {
    operation: (ids) => `{ kycApplication(id: "${ids.application}") { id } }`,
    outcome: outcomes('who none yes yes yes yes yes no'),
  },
  'Query.kycApplications': {
    operation: () => '{ kycApplications { totalCount } }',
    outcome: outcomes('who yes yes yes yes yes yes no'),
  },
  'Query.users': {
    operation: () => '{ users { totalCount } }',
    outcome: outcomes('who no no yes yes yes no no'),
  },
  'Query.systemAlerts': { operation: () => '{ systemAlerts { id } }', outcome: signedIn },
  'Query.auditLog': { operation: () => '{ auditLog { nodes { id } } }', outcome: adminOnly },
  'Mutation.updateProfile': {
    operation: () => 'mutation { updateProfile(input: {}) { user { id } } }',
    outcome: signedIn,
  },
  'Mutation.updateUserSettings': {
    operation: () => 'mutation { updateUserSettings(input: {}) { settings { theme } } }',
    outcome: signedIn,
  },
  'Mutation.updateNotificationSettings': {
    operation: () =>
      'mutation { updateNotificationSettings(input: {}) { notificationSettings { preferences { channel } } } }',
    outcome: signedIn,
  },
  'Query.tokenTransfers': {
    operation: () => '{ tokenTransfers { nodes { id } } }',
    outcome: outcomes('who yes yes yes yes yes yes no'),
  },
  'Mutation.createKycApplication': {
    operation: () => 'mutation { createKycApplication(input: { details: { firstName: "" } }) { application { id } } }',
    outcome: signedIn,
  },
  'Mutation.updateKycApplication': {
    operation: step('updateKycApplication', 'details: {}'),
    outcome: outcomes('who none yes no no yes no no'),
  },
  'Mutation.submitKycApplication': {
    operation: step('submitKycApplication'),
    outcome: outcomes('who none yes no no yes no no'),
  },
  'Mutation.startKycReview': { operation: step('startKycReview', 'expectedVersion: 0'), outcome: reviewers },
  'Mutation.requestKycInformation': {
    operation: step('requestKycInformation', 'reason: "More", expectedVersion: 0'),
    outcome: reviewers,
  },
  'Mutation.approveKycApplication': {
    operation: step('approveKycApplication', 'expectedVersion: 0'),
    outcome: reviewers,
  },
  'Mutation.rejectKycApplication': {
    operation: step('rejectKycApplication', 'reason: "No", kind: RETRY, expectedVersion: 0'),
    outcome: reviewers,
  },
  'Mutation.revokeKycApproval': {
    operation: step('revokeKycApproval', 'reason: "No", expectedVersion: 0'),
    outcome: reviewers,
  },
  'Mutation.revealKycDetails': {
    operation: (ids) =>
      `mutation { revealKycDetails(input: { applicationId: "${ids.application}", reason: "Check" }) { details { dateOfBirth } } }`,
    // An admin without a step-up is refused: see kyc.test.ts for one with it.
    outcome: outcomes('who no no yes no no no no'),
  },
  'Mutation.requestKycDocumentUpload': {
    operation: (ids) =>
      `mutation { requestKycDocumentUpload(input: { applicationId: "${ids.application}", documentType: SELFIE, fileName: "a.png", contentType: "image/png", size: 1, sha256: "${'0'.repeat(64)}" }) { upload { id } } }`,
    outcome: outcomes('who none yes no no yes no no'),
  },
  'Mutation.completeKycDocumentUpload': {
    operation: (ids) =>
      `mutation { completeKycDocumentUpload(input: { uploadId: "${ids.upload}" }) { document { id } } }`,
    outcome: outcomes('who none yes none none yes no no'),
  },
  'Mutation.requestKycDocumentDownload': {
    operation: (ids) =>
      `mutation { requestKycDocumentDownload(input: { documentId: "${ids.document}" }) { download { url } } }`,
    outcome: outcomes('who none yes yes yes yes no no'),
  },
  'Mutation.deleteKycDocument': {
    operation: (ids) =>
      `mutation { deleteKycDocument(input: { documentId: "${ids.document}" }) { deletedDocumentId } }`,
    outcome: outcomes('who none yes no no yes no no'),
  },
  'Mutation.requestUpload': {
    operation: () =>
      'mutation { requestUpload(input: { fileName: "", contentType: "", size: 0, sha256: "" }) { upload { id } } }',
    outcome: signedIn,
  },
  'Query.tokenMetadata': {
    operation: () => `{ tokenMetadata(chainId: 1, address: "0x${'0'.repeat(40)}") { id } }`,
    outcome: everybody,
  },
  'Mutation.publishTokenMetadata': {
    operation: () =>
      `mutation { publishTokenMetadata(input: { chainId: 1, address: "0x${'0'.repeat(40)}", name: "", symbol: "", decimals: 0 }) { metadata { id } } }`,
    outcome: adminOnly,
  },
  'Mutation.sealTokenMetadata': {
    operation: () =>
      `mutation { sealTokenMetadata(input: { chainId: 1, address: "0x${'0'.repeat(40)}" }) { metadata { id } } }`,
    outcome: outcomes('who no no no none no no no'),
  },
  'Mutation.setUserRole': {
    operation: (ids) => `mutation { setUserRole(input: { userId: "${ids.nobody}", role: INVESTOR }) { user { id } } }`,
    outcome: outcomes('who no no no none no no no'),
  },
  'Mutation.banUser': {
    operation: (ids) => `mutation { banUser(input: { userId: "${ids.nobody}", reason: "x" }) { user { id } } }`,
    outcome: outcomes('who no no no none no no no'),
  },
  'Mutation.unbanUser': {
    operation: (ids) => `mutation { unbanUser(input: { userId: "${ids.nobody}" }) { user { id } } }`,
    outcome: outcomes('who no no no none no no no'),
  },
  'Mutation.revokeUserSessions': {
    operation: (ids) => `mutation { revokeUserSessions(input: { userId: "${ids.nobody}" }) { revoked } }`,
    outcome: outcomes('who no no no none no no no'),
  },
  'Query.exchangeRate': { operation: () => '{ exchangeRate(base: "EUR", quote: "USD") { rate } }', outcome: everybody },
  'Query.exchangeRates': { operation: () => '{ exchangeRates(base: "EUR") { rate } }', outcome: everybody },
  'Query.exchangeRateHistory': {
    operation: () => '{ exchangeRateHistory(base: "EUR", quote: "USD") { rate } }',
    outcome: everybody,
  },
  'Mutation.setExchangeRate': {
    operation: () => 'mutation { setExchangeRate(input: { base: "EUR", quote: "EUR", rate: "1" }) { rate { rate } } }',
    outcome: adminOnly,
  },
  'Subscription.exchangeRateChanges': {
    operation: () => 'subscription { exchangeRateChanges(after: "nonsense") { cursor } }',
    outcome: everybody,
  },
  'Mutation.raiseSystemAlert': {
    operation: () => 'mutation { raiseSystemAlert(input: { severity: INFO, message: "" }) { alert { id } } }',
    outcome: adminOnly,
  },
  'Subscription.systemAlerts': {
    operation: () => 'subscription { systemAlerts(after: "nonsense") { cursor } }',
    outcome: signedIn,
  },
  'Mutation.recordTokenTransfers': {
    operation: () => 'mutation { recordTokenTransfers(input: { transfers: [] }) { recorded } }',
    outcome: indexers,
  },
  'Mutation.retractTokenTransfers': {
    operation: () => 'mutation { retractTokenTransfers(input: { chainId: 1, blockHashes: [] }) { retracted } }',
    outcome: indexers,
  },
  'Subscription.tokenTransfers': {
    operation: () => 'subscription { tokenTransfers(after: "nonsense") { cursor } }',
    outcome: outcomes('who yes yes yes yes yes yes no'),
  },
  'Subscription.kycStatusChanges': {
    operation: (ids) =>
      `subscription { kycStatusChanges(applicationId: "${ids.application}", after: "nonsense") { cursor } }`,
    outcome: outcomes('who none yes yes yes yes yes no'),
  },
}

let stack: Stack
let gateway: TestGateway
const clients = {} as Record<Principal, TestClient>
const idsFor = {} as Record<Principal, Ids>

beforeAll(async () => {
  stack = await startStack()
  gateway = await stack.startGateway()
  const seed = people(gateway)
  const [applicant, stranger, compliance, admin, ownReviewer] = [
    await seed.investor(),
    await seed.investor(),
    await seed.reviewer(),
    await seed.admin(),
    await seed.reviewer(),
  ]
  const partnerKey = await seed.key({
    owner: admin,
    scopes: ['kyc:read', 'transfers:read', 'rates:read', 'introspect'],
  })
  const indexerKey = await seed.key({ owner: admin, scopes: ['transfers:write'] })
  Object.assign(clients, { anonymous: seed.anonymous(), stranger, applicant, compliance, admin, ownReviewer })
  Object.assign(clients, { partnerKey, indexerKey })
  const idsOf = async (person: typeof applicant): Promise<Ids> => {
    const application = await submitted(person)
    const { rows } = await gateway.services.pool.query(
      'select id, upload_id from kyc_documents where application_id = $1 limit 1',
      [application],
    )
    return {
      application,
      ownApplication: application,
      document: rows[0].id,
      upload: rows[0].upload_id,
      applicant: person.id,
      nobody: 'user_00000000000000000000000000',
    }
  }
  const ids = await idsOf(applicant)
  for (const principal of principals) idsFor[principal] = ids
  idsFor.ownReviewer = await idsOf(ownReviewer)
})
afterAll(() => stack.stop())

async function post({ credential }: Pick<TestClient, 'credential'>, query: string, variables: object = {}) {
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...credential },
    body: JSON.stringify({ query, variables }),
  })
  return (await response.json()) as { data: Record<string, unknown>; errors?: readonly GraphQLFormattedError[] }
}

async function outcomeOf(principal: Principal, { operation }: Row): Promise<Outcome> {
  const client = clients[principal]
  const query = operation(idsFor[principal])
  let errors: readonly GraphQLFormattedError[]
  if (query.startsWith('subscription')) {
    const { parse } = await import('graphql')
    const subscription = client.subscribe(parse(query) as never)
    errors =
      (await subscription.nextResult().catch((found: readonly GraphQLFormattedError[]) => ({ errors: found })))
        ?.errors ?? []
    await client.close()
  } else {
    errors = (await post(client, query)).errors ?? []
  }
  const code = errors[0]?.extensions?.code
  return code === 'UNAUTHENTICATED' || code === 'FORBIDDEN' || code === 'NOT_FOUND' ? code : 'yes'
}

const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()] as GraphQLObjectType[]
const rootFields = roots.flatMap((root) => Object.keys(root.getFields()).map((name) => `${root.name}.${name}`))

it('every operation has its row', () => {
  expect(Object.keys(matrix).sort()).toEqual([...rootFields].sort())
})

describe.each(Object.keys(matrix))('%s', (name) => {
  it.each(principals)('%s', async (principal) => {
    expect(await outcomeOf(principal, matrix[name]!)).toBe(matrix[name]!.outcome[principal])
  })
})

it('a field that some principal may not see can be null, and only root fields are refused', () => {
  const guarded: string[] = []
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || roots.includes(type)) continue
    for (const field of Object.values(type.getFields())) {
      if (field.extensions.permission && isNonNullType(field.type)) guarded.push(`${type.name}.${field.name}`)
    }
  }
  expect(guarded).toEqual([])
})

it('whoever sees an application can ask for every field of it without an error', async () => {
  const fieldsOf = (typeName: string, depth: number): string => {
    const type = schema.getType(typeName) as GraphQLObjectType
    const selected = Object.values(type.getFields()).flatMap((field) => {
      const inner = getNamedType(field.type)
      if (!isObjectType(inner)) return [field.name]
      return depth > 0 ? [`${field.name} { ${fieldsOf(inner.name, depth - 1)} }`] : []
    })
    return ['__typename', ...selected].join(' ')
  }
  const query = `query ($id: ID!) { kycApplication(id: $id) { ${fieldsOf('KycApplication', 2)} } }`
  for (const principal of ['applicant', 'compliance', 'admin', 'ownReviewer', 'partnerKey'] as const) {
    const { errors, data } = await post(clients[principal], query, { id: idsFor[principal].application })
    expect(errors).toBeUndefined()
    expect(data.kycApplication).toMatchObject({ __typename: 'KycApplication' })
  }
})

it('what each of those who see an application sees of what is not for everybody', async () => {
  const query = `query ($id: ID!) { kycApplication(id: $id) {
    dateOfBirth residenceAddress { city } idDocumentNumber reviewedBy { id } user { email }
    statusHistory { changedBy { id } }
  } }`
  const seen: Record<string, unknown> = {}
  const approver = await people(gateway).reviewer()
  const { application } = idsFor.ownReviewer
  const approve = `mutation { approveKycApplication(input: { applicationId: "${application}" }) { application { id } } }`
  await post(approver, approve)
  const idOf = { ...clients, applicant: clients.ownReviewer } as Record<string, TestClient>
  for (const principal of ['applicant', 'compliance', 'admin'] as const) {
    const { data } = await post(idOf[principal]!, query, { id: application })
    const found = data.kycApplication as Record<string, unknown> & {
      user: { email: unknown }
      statusHistory: { changedBy: unknown }[]
    }
    seen[principal] = {
      dateOfBirth: found.dateOfBirth !== null,
      residenceAddress: found.residenceAddress !== null,
      idDocumentNumber: found.idDocumentNumber,
      reviewedBy: found.reviewedBy !== null,
      email: found.user.email !== null,
      changedBy: found.statusHistory.map((change) => change.changedBy !== null),
    }
  }
  const reviewers = {
    dateOfBirth: false,
    residenceAddress: false,
    idDocumentNumber: '••••4567',
    reviewedBy: true,
    email: true,
    changedBy: [true, true, true],
  }
  expect(seen).toEqual({
    // A reviewer, too, is an applicant to their own application.
    applicant: {
      dateOfBirth: true,
      residenceAddress: true,
      idDocumentNumber: 'P1234567',
      reviewedBy: false,
      email: true,
      changedBy: [true, true, false],
    },
    compliance: reviewers,
    admin: reviewers,
  })
})

it('the table of permissions, by role and scope', () => {
  const viewer = (role: 'investor' | 'compliance' | 'admin') =>
    ({
      kind: 'user',
      id: 'user_1',
      role,
      sessionId: 's',
      expiresAt: Number.MAX_SAFE_INTEGER,
      steppedUpUntil: null,
    }) as const
  const rows: [string, { who: (asking: ReturnType<typeof viewer>) => boolean; scope?: string }][] =
    Object.entries(permissions)
  const table = Object.fromEntries(
    rows.map(([name, { who, scope }]) => [
      name,
      [
        ...(['investor', 'compliance', 'admin'] as const).filter((role) => who(viewer(role))),
        ...(scope ? [`key with ${scope}`] : []),
      ].join(' '),
    ]),
  )
  expect(table).toMatchInlineSnapshot(`
    {
      "alert:raise": "admin",
      "alert:read": "investor compliance admin",
      "audit:read": "admin",
      "document:read": "investor compliance admin",
      "kyc:apply": "investor compliance admin",
      "kyc:read": "investor compliance admin key with kyc:read",
      "kyc:reveal": "compliance",
      "kyc:review": "compliance admin",
      "rate:set": "admin",
      "schema:introspect": "admin key with introspect",
      "session:revoke": "investor compliance admin",
      "settings:own": "investor compliance admin",
      "token:publish": "admin",
      "transfer:read": "investor compliance admin key with transfers:read",
      "transfer:write": "key with transfers:write",
      "upload:request": "investor compliance admin",
      "user:administer": "admin",
      "user:list": "compliance admin",
      "user:read": "investor compliance admin",
    }
  `)
})
