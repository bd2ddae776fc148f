import {
  type GraphQLField,
  type GraphQLOutputType,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isObjectType,
  isRequiredArgument,
  parse,
} from 'graphql'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { schema } from '../src/schema/index.ts'
import { graphql } from './graphql/index.ts'
import { postGraphQL } from './harness/http.ts'
import { people, type Stack, startStack, type TestClient, type TestGateway } from './harness/index.ts'
import { kycOperations, uploadDocument } from './harness/kyc.ts'

/** What is said of a person, by themselves and by those who review them: nothing of it is for a partner's machine. */
const canaries = {
  userName: 'Kanaria Vogel',
  reviewerName: 'Rita Rotkehlchen',
  firstName: 'Canary-First',
  lastName: 'Canary-Last',
  dateOfBirth: '1971-03-04',
  nationality: 'MU',
  residenceCountry: 'KM',
  street: 'Canary Row 7',
  city: 'Canaryville',
  postalCode: 'CAN-4711',
  addressCountry: 'SC',
  idDocumentNumber: 'C4N4RY77',
  idDocumentExpiry: '2047-08-09',
  idDocumentType: 'PASSPORT',
  question: 'Canary question',
  verdict: 'Canary verdict',
  fileName: 'proof_of_address.jpg',
  wallet: '52908400098527886E0F7030069857D2E4169EE7',
}

function textsIn(answer: unknown): string[] {
  if (typeof answer === 'string') return [answer]
  return typeof answer === 'object' && answer !== null ? Object.values(answer).flatMap(textsIn) : []
}

/** Which canaries sing in an answer. A code of two letters is somewhere in many a text. */
function heardIn(answer: unknown): string[] {
  const texts = [...new Set(textsIn(answer))].map((text) => text.toLowerCase())
  const isHeard = (canary: string) =>
    texts.some((text) => (canary.length > 2 ? text.includes(canary.toLowerCase()) : text === canary.toLowerCase()))
  return Object.entries(canaries).flatMap(([name, canary]) => (isHeard(canary) ? [name] : []))
}

let stack: Stack
let gateway: TestGateway
let partner: TestClient
let reviewer: TestClient
let begun: string
let ids: string[]

const requestInformation = graphql(`
  mutation PartnerAskMore($id: ID!, $reason: String!) {
    requestKycInformation(input: { applicationId: $id, reason: $reason }) { application { id } }
  }
`)
const reject = graphql(`
  mutation PartnerReject($id: ID!, $reason: String!) {
    rejectKycApplication(input: { applicationId: $id, reason: $reason, kind: FINAL }) { application { id } }
  }
`)
const cursor = graphql(`query PartnerCursor { eventCursor }`)

beforeAll(async () => {
  stack = await startStack()
  const noBounds = { MAX_QUERY_COST: '100000000', MAX_QUERY_CHARACTERS: '1000000', MAX_QUERY_DEPTH: '20' }
  gateway = await stack.startGateway(noBounds)
  const seed = people(gateway)
  const [admin, compliance, applicant] = [
    await seed.admin(),
    await seed.reviewer(canaries.reviewerName),
    await seed.investor(canaries.userName),
  ]
  const scopes = ['kyc:read', 'transfers:read', 'transfers:write', 'rates:read', 'introspect'] as const
  partner = await seed.key({ owner: admin, scopes })
  reviewer = compliance
  Object.assign(canaries, { email: applicant.email, reviewerEmail: compliance.email })
  begun = (await partner.get(cursor)).eventCursor

  await gateway.services.pool.query('update users set wallet_address = $2 where id = $1', [
    applicant.id,
    `0x${canaries.wallet.toLowerCase()}`,
  ])
  const { street, city, postalCode, addressCountry: country, idDocumentType, ...details } = canaries
  const { firstName, lastName, dateOfBirth, nationality, residenceCountry, idDocumentNumber, idDocumentExpiry } =
    details
  const { createKycApplication } = await applicant.get(kycOperations.create, {
    details: {
      ...{ firstName, lastName, dateOfBirth, nationality, residenceCountry, idDocumentNumber, idDocumentExpiry },
      residenceAddress: { street, city, postalCode, country },
      idDocumentType: idDocumentType as 'PASSPORT',
    },
  })
  const { id } = createKycApplication.application
  for (const type of ['ID_FRONT', 'SELFIE', 'PROOF_OF_ADDRESS'] as const) await uploadDocument(applicant, id, type)
  await applicant.get(kycOperations.submit, { id })
  await compliance.get(requestInformation, { id, reason: canaries.question })
  await applicant.get(kycOperations.submit, { id })
  await compliance.get(reject, { id, reason: canaries.verdict })
  const { rows } = await gateway.services.pool.query<{ id: string }>(
    `select id from kyc_documents where application_id = $1
     union all select id from kyc_status_changes where application_id = $1`,
    [id],
  )
  ids = [id, applicant.id, compliance.id, admin.id, ...rows.map((row) => row.id)]
})
afterAll(() => stack.stop())

type Field = GraphQLField<unknown, unknown>
const needsNothing = (field: Field) => !field.args.some(isRequiredArgument)

/** Every field of a type, and of what it leads to; of an interface, those of one of its types. */
function everythingOf(output: GraphQLOutputType, depth: number, concrete?: string): string {
  const type = getNamedType(output)
  if (!isCompositeType(type)) return ''
  if (isAbstractType(type))
    return `{ __typename ... on ${concrete} ${everythingOf(schema.getType(concrete!) as never, depth)} }`
  const fields = isObjectType(type) ? Object.values(type.getFields()).filter(needsNothing) : []
  const selected = fields.flatMap((field) => {
    if (!isCompositeType(getNamedType(field.type))) return [field.name]
    return depth > 0 ? [`${field.name} ${everythingOf(field.type, depth - 1)}`] : []
  })
  return `{ ${['__typename', ...selected].join(' ')} }`
}

const examples: Record<string, string> = { Currency: '"EUR"', ChainId: '1', EvmAddress: `"0x${'0'.repeat(40)}"` }

/** The field of a root, asked for everything: once for each id that there is, where it takes one. */
function operationsOf(field: Field): string[] {
  const types = isAbstractType(getNamedType(field.type))
    ? schema.getPossibleTypes(getNamedType(field.type) as never)
    : [null]
  const given = (id: string) =>
    field.args.filter(isRequiredArgument).map(({ name, type }) => {
      const value = String(type).startsWith('[ID')
        ? `["${ids.join('","')}"]`
        : String(type) === 'ID!'
          ? `"${id}"`
          : examples[getNamedType(type).name]
      if (value === undefined) throw new Error(`there is no example of ${type} yet, for ${field.name}`)
      return `${name}: ${value}`
    })
  const calls = new Set(ids.map((id) => (given(id).length > 0 ? `(${given(id).join(', ')})` : '')))
  return [...calls].flatMap((call) =>
    types.map((type) => `{ ${field.name}${call} ${everythingOf(field.type, 5, type?.name)} }`),
  )
}

async function everythingShownTo({ credential }: TestClient): Promise<unknown[]> {
  const answers: unknown[] = []
  for (const field of Object.values(schema.getQueryType()!.getFields())) {
    for (const query of operationsOf(field)) {
      const { body } = await postGraphQL(gateway, { query }, credential)
      const codes = (body.errors ?? []).map(({ extensions }) => extensions.code)
      expect(
        codes.filter((code) => !['FORBIDDEN', 'NOT_FOUND'].includes(code)),
        query,
      ).toEqual([])
      answers.push(body.data)
    }
  }
  return answers
}

it('a partner’s key that asks for every field of all that it can reach learns where applications stand, and nothing personal', async () => {
  const seen = await everythingShownTo(partner)
  expect(textsIn(seen)).toEqual(expect.arrayContaining([ids[0], 'REJECTED']))
  expect(heardIn(seen)).toEqual([])
}, 120_000)

it('the same questions show a reviewer what reviewers see', async () => {
  const withheld = ['dateOfBirth', 'street', 'city', 'postalCode', 'addressCountry', 'idDocumentNumber']
  const others = Object.keys(canaries).filter((name) => !withheld.includes(name))
  expect(heardIn(await everythingShownTo(reviewer))).toEqual(others)
}, 120_000)

it('nor does the key learn it from what happens', async () => {
  const field = schema.getSubscriptionType()!.getFields().kycStatusChanges!
  const query = `subscription ($after: String) { kycStatusChanges(after: $after) ${everythingOf(field.type, 5)} }`
  const seenBy = async (client: TestClient) => {
    const subscription = client.subscribe(parse(query) as never, { after: begun })
    const events: unknown[] = []
    // Submitted, asked for more, submitted, rejected.
    for (let n = 0; n < 4; n++) events.push(await subscription.next())
    await client.close()
    return events
  }
  const seen = await seenBy(partner)
  expect(textsIn(seen)).toEqual(expect.arrayContaining([ids[0], 'REJECTED']))
  expect(heardIn(seen)).toEqual([])
  expect(heardIn(await seenBy(reviewer))).toContain('verdict')
})
