import { type DocumentNode, execute, getOperationAST, parse } from 'graphql'
import { createContext } from '../../src/context.ts'
import { AppError } from '../../src/errors.ts'
import { nounOf } from '../../src/ids.ts'
import { userTag } from '../../src/log/tags.ts'
import type { UserViewer } from '../../src/permissions.ts'
import { schema } from '../../src/schema/index.ts'
import { tagPlanOf } from '../../src/server/tags.ts'
import type { Services } from '../../src/services.ts'
import { addDocument } from './document.ts'
import type { TestGateway } from './gateway.ts'
import { approved, complete } from './kyc.ts'
import { type Person, people } from './people.ts'
import { type Probe, probesOf } from './probes.ts'
import { newContract, publishToken } from './token.ts'
import { log, transferOperations } from './transfer.ts'

export type World = Awaited<ReturnType<typeof createWorld>>

/** Something of every noun: an application that is about to be submitted, another that was approved, and what is public. */
export async function createWorld(gateway: TestGateway) {
  const seed = people(gateway)
  const [applicant, other, reviewer, admin] = [
    await seed.investor(),
    await seed.investor(),
    await seed.reviewer(),
    await seed.admin(),
  ]
  const indexer = await seed.key({ owner: admin, scopes: ['transfers:write'] })
  const application = await complete(applicant)
  const document = await addDocument(applicant, application, 'another', { documentType: 'PROOF_OF_ADDRESS' })
  const approvedApplication = await approved(other, reviewer)
  const contract = newContract()
  const token = await publishToken(admin, contract)
  const transfer = log({ chainId: contract.chainId, token: contract.address.toLowerCase() })
  await indexer.get(transferOperations.record, { transfers: [transfer] as never })
  const raise = 'mutation { raiseSystemAlert(input: { severity: INFO, message: "Hello." }) { alert { id } } }'
  const { raiseSystemAlert } = await admin.get<{ raiseSystemAlert: { alert: { id: string } } }, object>(
    parse(raise) as never,
  )
  const one = async (text: string) =>
    (await gateway.services.pool.query<{ id: string }>(text, [application])).rows[0]!.id
  const { auditLog } = await admin.get<{ auditLog: { nodes: { id: string }[] } }, object>(
    parse('{ auditLog(last: 3) { nodes { id } } }') as never,
  )
  const ids = {
    user: applicant.id,
    kycApplication: application,
    kycDocument: document.id,
    kycStatusChange: await one('select id from kyc_status_changes where application_id = $1'),
    tokenMetadata: token.id,
    tokenTransfer: (await gateway.services.pool.query('select id from token_transfers')).rows[0].id as string,
    systemAlert: raiseSystemAlert.alert.id,
    auditEntry: auditLog.nodes[0]!.id,
  }
  return { gateway, seed, applicant, other, reviewer, admin, indexer, approvedApplication, contract, transfer, ids }
}

/** How each root field is asked, lists first: what is walked along as far as it goes, and what filters there are. */
export function callsOf({ applicant, approvedApplication, contract, ids, transfer }: World) {
  const { chainId, address } = contract
  const token = `chainId: ${chainId}, token: "${address}"`
  const day = '"2020-01-01T00:00:00Z"'
  const filtered = (root: string, ...filters: string[]) => filters.map((filter) => `${root}(filter: { ${filter} })`)
  const calls: Record<string, { walked: string[]; filtered?: string[] }> = {
    users: {
      walked: ['users'],
      filtered: filtered('users', 'search: "a"', 'role: INVESTOR', 'kycStatus: APPROVED', 'banned: false'),
    },
    kycApplications: {
      walked: ['kycApplications', `kycApplications(filter: { userId: "${applicant.id}" })`],
      filtered: filtered(
        'kycApplications',
        'statuses: [DRAFT, SUBMITTED, APPROVED]',
        `submittedAfter: ${day}`,
        `submittedBefore: ${day}`,
        'search: "ines"',
        `search: "${applicant.email.slice(0, 12)}"`,
      ),
    },
    exchangeRate: { walked: ['exchangeRate(base: "USD", quote: "CHF")', 'exchangeRate(base: "EUR", quote: "USD")'] },
    exchangeRates: { walked: ['exchangeRates(base: "EUR")'] },
    exchangeRateHistory: { walked: ['exchangeRateHistory(base: "EUR", quote: "USD")'] },
    tokenMetadata: { walked: [`tokenMetadata(chainId: ${chainId}, address: "${address}")`] },
    tokenTransfers: {
      walked: ['tokenTransfers', `tokenTransfers(filter: { ${token} })`],
      filtered: filtered('tokenTransfers', `chainId: ${chainId}`, `token: "${address}"`, `account: "${transfer.to}"`),
    },
    systemAlerts: { walked: ['systemAlerts'] },
    auditLog: {
      walked: ['auditLog'],
      filtered: filtered(
        'auditLog',
        'stream: "kyc"',
        `subjectId: "${ids.kycApplication}"`,
        `actorId: "${applicant.id}"`,
        'action: "kyc.created"',
        `createdAfter: ${day}`,
        `createdBefore: ${day}`,
      ),
    },
    kycApplication: {
      walked: [`kycApplication(id: "${ids.kycApplication}")`, `kycApplication(id: "${approvedApplication}")`],
    },
    node: { walked: Object.values(ids).map((id) => `node(id: "${id}")`) },
    nodes: { walked: [`nodes(ids: ${JSON.stringify(Object.values(ids))})`] },
    viewer: { walked: ['viewer'] },
    user: { walked: [`user(id: "${applicant.id}")`] },
    eventCursor: { walked: ['eventCursor'] },
  }
  return calls
}

export function probesOfWorld(world: World): Probe[] {
  const met = new Set<string>()
  return Object.entries(callsOf(world)).flatMap(([root, { walked, filtered = [] }]) => [
    ...walked.flatMap((call) => probesOf(root, call, met, root === 'node' ? typeNamedIn(call) : undefined)),
    ...filtered.map((call) => probesOf(root, call, met)[0]!),
  ])
}

const typeNamedIn = (call: string) => nounOf(call.match(/\w+_\w+/)![0])!.replace(/^./, (c) => c.toUpperCase())

export const viewerOf = ({ id, role }: Pick<Person, 'id' | 'role'>): UserViewer => ({
  kind: 'user',
  id,
  role,
  sessionId: 'none',
  expiresAt: Number.POSITIVE_INFINITY,
  steppedUpUntil: null,
})

/** The answer to a query below HTTP, as nothing keeps it. */
export async function answerTo(services: Services, viewer: UserViewer, document: DocumentNode) {
  const contextValue = createContext({ services, viewer, requestId: 'test', credential: null })
  const { data, errors = [] } = await execute({ schema, document, contextValue })
  const failures = errors.map(({ path, message, originalError }) => ({
    path,
    code: originalError instanceof AppError ? originalError.code : message,
  }))
  return { data, errors: failures, validUntil: contextValue.ending.at }
}

export const planOf = (document: DocumentNode) => tagPlanOf(schema, document, getOperationAST(document)!)

/** The tags on which an answer rests: those of its plan, and its viewer's. Null: it is never cached. */
export function tagsFor(viewer: UserViewer, document: DocumentNode): string[] | null {
  const plan = planOf(document)
  return plan && [...plan.tagsOf({}), ...(plan.isPublic ? [] : [userTag(viewer.id)])]
}
