import { type DocumentNode, parse } from 'graphql'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { tags } from '../src/log/tags.ts'
import type { UserViewer } from '../src/permissions.ts'
import { revokeApiKey } from '../src/resolvers/api-key.ts'
import { expireKycApplications } from '../src/resolvers/kyc/expire.ts'
import { endManualRates } from '../src/resolvers/rate/end.ts'
import { refreshExchangeRates } from '../src/resolvers/rate/refresh.ts'
import { schema } from '../src/schema/index.ts'
import { files } from './fixtures/files.ts'
import { complete, put, requestUpload, type Upload } from './harness/document.ts'
import { type Stack, startStack } from './harness/index.ts'
import { approved, submitted } from './harness/kyc.ts'
import type { Person } from './harness/people.ts'
import { answerTo, createWorld, probesOfWorld, tagsFor, viewerOf, type World } from './harness/probed-world.ts'
import { sealToken } from './harness/token.ts'
import { transferOperations } from './harness/transfer.ts'
import { uploadImage } from './harness/upload.ts'

let stack: Stack
let world: World
/** What one change hands on to another. */
let upload: Upload
let document: string
let key: string
const bytes = files['image/jpeg']('a change')

const sql = (text: string, values: unknown[] = []) => world.gateway.services.pool.query(text, values)
const run = (person: Pick<Person, 'get'>, name: string, input: string, selection: string) =>
  person.get<unknown, object>(parse(`mutation { ${name}(input: { ${input} }) { ${selection} } }`) as never)
const step = (name: string, who: 'applicant' | 'reviewer', more = '', selection = 'application { id }') =>
  run(world[who], name, `applicationId: "${world.ids.kycApplication}" ${more}`, selection)
const ofUser = (name: string, who: 'reviewer' | 'other' | 'applicant', more = '', selection = 'user { id }') =>
  run(world.admin, name, `userId: "${world[who].id}" ${more}`, selection)

/** Every mutation, in an order in which each changes something; and what changes without one. */
const changes: Record<string, () => Promise<unknown>> = {
  updateKycApplication: () => step('updateKycApplication', 'applicant', 'details: { firstName: "Inês" }'),
  requestKycDocumentUpload: async () => {
    upload = await requestUpload(world.applicant, world.ids.kycApplication, bytes, { documentType: 'ID_BACK' })
  },
  completeKycDocumentUpload: async () => {
    await put(upload, bytes)
    document = (await complete(world.applicant, upload.id)).id
  },
  deleteKycDocument: () => run(world.applicant, 'deleteKycDocument', `documentId: "${document}"`, 'deletedDocumentId'),
  submitKycApplication: () => step('submitKycApplication', 'applicant'),
  startKycReview: () => step('startKycReview', 'reviewer'),
  requestKycInformation: () => step('requestKycInformation', 'reviewer', 'reason: "Another."'),
  'a second submission': () => step('submitKycApplication', 'applicant'),
  revealKycDetails: () => step('revealKycDetails', 'reviewer', 'reason: "To see."', 'details { dateOfBirth }'),
  requestKycDocumentDownload: () =>
    run(world.reviewer, 'requestKycDocumentDownload', `documentId: "${world.ids.kycDocument}"`, 'download { url }'),
  approveKycApplication: () => step('approveKycApplication', 'reviewer', 'reason: "Well."'),
  'the end of an approval': async () => {
    await sql(
      `update kyc_applications set reviewed_at = now() - interval '2 s', expires_at = now() - interval '1 s', version = version + 1 where id = $1`,
      [world.approvedApplication],
    )
    expect(await expireKycApplications(world.gateway)).toBe(1)
  },
  revokeKycApproval: () => step('revokeKycApproval', 'reviewer', 'reason: "Not well."'),
  createKycApplication: () => run(world.applicant, 'createKycApplication', '', 'application { id }'),
  rejectKycApplication: async () => {
    const applicationId = await submitted(world.other)
    await run(
      world.reviewer,
      'rejectKycApplication',
      `applicationId: "${applicationId}", reason: "No.", kind: RETRY`,
      'application { id }',
    )
  },
  'a renewal': () => approved(world.other, world.reviewer),

  updateUserSettings: () => run(world.applicant, 'updateUserSettings', 'theme: DARK', 'settings { theme }'),
  updateNotificationSettings: () =>
    run(world.applicant, 'updateNotificationSettings', 'preferences: []', 'notificationSettings { webhookUrl }'),
  requestUpload: () => uploadImage(world.applicant, 'nobody sees it'),
  updateProfile: async () => {
    const { id } = await uploadImage(world.applicant, 'a face')
    await run(world.applicant, 'updateProfile', `name: "Ines the First", imageUploadId: "${id}"`, 'user { id }')
  },
  'the profile of a reviewer': () => run(world.reviewer, 'updateProfile', 'name: "Rita"', 'user { id }'),
  'another address': () => sql(`update users set email = 'ines@example.org' where id = $1`, [world.applicant.id]),
  'a verified address': () =>
    sql('update users set email_verified = not email_verified where id = $1', [world.reviewer.id]),
  'a wallet': () => sql(`update users set wallet_address = '0x${'a'.repeat(40)}' where id = $1`, [world.other.id]),
  'a second factor': () => sql('update users set two_factor_enabled = true where id = $1', [world.applicant.id]),
  'a sign-up': () => world.seed.investor(),
  'a sign-in': () => world.seed.signIn(world.reviewer.email),
  'a key': async () => {
    key = (await world.seed.key({ owner: world.admin, scopes: ['transfers:read'] })).id
  },
  'the end of a key': () => revokeApiKey(world.gateway, { keyId: key }),
  setUserRole: () => ofUser('setUserRole', 'other', 'role: COMPLIANCE'),
  banUser: () => ofUser('banUser', 'reviewer', 'reason: "Rude."'),
  'a ban for longer': () => ofUser('banUser', 'reviewer', 'reason: "Rude.", until: "2099-01-01T00:00:00Z"'),
  'a ban for another reason': () => ofUser('banUser', 'reviewer', 'reason: "Late.", until: "2099-01-01T00:00:00Z"'),
  unbanUser: () => ofUser('unbanUser', 'reviewer'),
  revokeUserSessions: () => ofUser('revokeUserSessions', 'applicant', '', 'revoked'),

  publishTokenMetadata: () => {
    const { chainId, address } = world.contract
    const facts = `chainId: ${chainId}, address: "${address}", name: "Rue Neuve 2", symbol: "RUE2", decimals: 2`
    return run(world.admin, 'publishTokenMetadata', facts, 'metadata { id }')
  },
  sealTokenMetadata: () => sealToken(world.admin, world.contract),
  retractTokenTransfers: () => {
    const { chainId, blockHash } = world.transfer
    return world.indexer.get(transferOperations.retract, { chainId, blockHashes: [blockHash] })
  },
  recordTokenTransfers: () => world.indexer.get(transferOperations.record, { transfers: [world.transfer] as never }),
  setExchangeRate: () => run(world.admin, 'setExchangeRate', 'base: "USD", quote: "CHF", rate: "0.5"', 'rate { rate }'),
  'the end of a rate that was set': async () => {
    await sql(`update exchange_rates set expires_at = now() where source = 'manual'`)
    await endManualRates(world.gateway)
  },
  'rates that are fetched again': () => refreshExchangeRates(world.gateway.services),
  raiseSystemAlert: () => run(world.admin, 'raiseSystemAlert', 'severity: INFO, message: "Again."', 'alert { id }'),
}

/** What nobody can see, not even in the audit trail. */
const unseen = ['requestUpload']

type Group = { viewer: UserViewer; document: DocumentNode; tags: string[]; selections: string[] }
let groups: Group[]

/**
 * Questions that rest on the same tags are one question, so that none hides behind the tags of another; and where they end
 * in the same step as well, one of them stands for all.
 */
async function groupsOf(viewer: UserViewer): Promise<Group[]> {
  const byTags = new Map<string, { tags: string[]; byStep: Map<string, string> }>()
  for (const { place, selection, isAlone } of probesOfWorld(world)) {
    const document = parse(`{ ${selection} }`)
    const found = isAlone || /edges|pageInfo|^nodes?\./.test(place) ? null : tagsFor(viewer, document)
    if (!found) continue
    const group = byTags.get(found.toSorted().join()) ?? { tags: found, byStep: new Map() }
    byTags.set(found.toSorted().join(), group)
    const step = place.split('.').slice(-2).join('.')
    if (group.byStep.has(step)) continue
    const { data } = await answerTo(world.gateway.services, viewer, document)
    // Lists that the viewer may not ask for take everything beside them along.
    if (data) group.byStep.set(step, selection)
  }
  return [...byTags.values()].map(({ tags, byStep }) => {
    const selections = [...byStep.values()]
    const text = `{ __typename ${selections.map((selection, n) => `p${n}: ${selection}`).join(' ')} }`
    return { viewer, tags, selections, document: parse(text) }
  })
}

const failed = 'failed'
/** An answer to each question. Those with errors are not kept. */
const ask = () =>
  Promise.all(
    groups.map(async ({ viewer, document, selections }) => {
      const { data, errors } = await answerTo(world.gateway.services, viewer, document)
      const withErrors = new Set(errors.map(({ path }) => path?.[0]))
      return selections.map((_, n) => (withErrors.has(`p${n}`) ? failed : JSON.stringify(data![`p${n}`])))
    }),
  )

const eventsAfter = async (places: Map<string, number>) => {
  const { rows } = await world.gateway.services.pool.query<{
    stream: string
    position: number
    type: string
    tags: string[]
  }>('select stream, position::float8 as position, type, tags from events order by stream, position')
  const found = rows.filter(({ stream, position }) => position > (places.get(stream) ?? 0))
  for (const { stream, position } of rows) places.set(stream, position)
  return found
}

const places = new Map<string, number>()
let before: string[][]

beforeAll(async () => {
  stack = await startStack()
  const gateway = await stack.startGateway({ DATABASE_OWNER_URL: '' })
  world = await createWorld(gateway)
  groups = [...(await groupsOf(viewerOf(world.admin))), ...(await groupsOf(viewerOf(world.applicant)))]
  before = await ask()
  await eventsAfter(places)
})
afterAll(() => stack.stop())

it('every mutation is among the changes', () => {
  expect(Object.keys(changes)).toEqual(expect.arrayContaining(Object.keys(schema.getMutationType()!.getFields())))
})

it.each(Object.keys(changes))('%s touches a tag of every answer that is another one after it', async (name) => {
  await changes[name]!()
  const after = await ask()
  const events = await eventsAfter(places)
  const touched = new Set(events.flatMap((event) => event.tags))
  const changed = groups.flatMap((group, g) =>
    group.selections
      .filter((_, n) => before[g]![n] !== failed && before[g]![n] !== after[g]![n])
      .map((selection) => ({ selection, tags: group.tags })),
  )
  before = after
  const untouched = changed.filter((question) => !question.tags.some((tag) => touched.has(tag)))
  expect(untouched.map(({ selection, tags }) => `${selection} rests on ${tags}`)).toEqual([])
  expect(changed.length > 0).toBe(!unseen.includes(name))
  for (const event of events) expect(tags, event.type).toEqual(expect.arrayContaining(event.tags.slice(0, 1)))
})
