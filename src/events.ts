import type { AlertSeverity } from './db/schema/alert.ts'
import type { KycStatus } from './db/schema/kyc.ts'
import type { TransferKind } from './db/schema/transfer.ts'
import type { NewEvent } from './log/event.ts'
import { contractTag, kycTag, type Tag, tokenTag, transfersTag, userTag } from './log/tags.ts'

/** Events of the log as use cases make them. The actor is filled in by the transaction. */
type Draft = Omit<NewEvent, 'actorId'> & { tags: [Tag, ...string[]] }
type Application = { id: string; userId: string; version: number }

const statusEventTypes: Record<KycStatus, string> = {
  draft: 'kyc.created',
  submitted: 'kyc.submitted',
  under_review: 'kyc.review_started',
  additional_info_required: 'kyc.information_requested',
  approved: 'kyc.approved',
  rejected: 'kyc.rejected',
  expired: 'kyc.expired',
  revoked: 'kyc.revoked',
}

/** What every event of the stream `kyc` says and touches. */
const kycEvent = (type: string, application: Application, payload: Record<string, unknown>): Draft => ({
  stream: 'kyc',
  type,
  subjectId: application.id,
  tags: ['kyc', kycTag(application.id), userTag(application.userId)],
  payload: { userId: application.userId, version: application.version, ...payload },
})

/** What a user has set of their own: the names of the fields, never what is in them. */
const settingsEvent = (type: string, userId: string, fields: string[]): Draft => ({
  stream: 'accounts',
  type,
  subjectId: userId,
  tags: ['settings', userTag(userId)],
  payload: { fields },
})

export const settingsChanged = (userId: string, fields: string[]) => settingsEvent('settings.changed', userId, fields)

export const notificationSettingsChanged = (userId: string, fields: string[]) =>
  settingsEvent('notification_settings.changed', userId, fields)

/** The payload of the events that subscriptions of alerts show. */
export type AlertRaised = { alertId: string; severity: AlertSeverity }

export const alertRaised = (alert: AlertRaised): Draft => ({
  stream: 'alerts',
  type: 'alert.raised',
  subjectId: alert.alertId,
  tags: ['alerts'],
  payload: alert,
})

/** The payload of the events that subscriptions of status changes show. */
export type KycStatusPayload = { userId: string; changeId: string; from: KycStatus | null; to: KycStatus }

export const kycStatusChanged = (
  application: Application,
  change: Omit<KycStatusPayload, 'userId'>,
  more: Record<string, unknown> = {},
) => kycEvent(statusEventTypes[change.to], application, { ...change, ...more })

export const kycUpdated = (application: Application, fields: string[]) =>
  kycEvent('kyc.updated', application, { fields })

export const kycDetailsRevealed = (application: Application, revealId: string) =>
  kycEvent('kyc.details_revealed', application, { revealId })

type DocumentFacts = { documentId: string; documentType: string; sha256: string }

type UploadFacts = { uploadId: string; documentId: string; documentType: string }

export const documentUploadRequested = (application: Application, upload: UploadFacts & { size: number }) =>
  kycEvent('document.upload_requested', application, upload)

/** `content` is not what was declared; or the upload, or its application, took no documents any more. */
export type UploadRefusal = 'content' | 'closed'

export const documentUploadRefused = (application: Application, upload: UploadFacts & { reason: UploadRefusal }) =>
  kycEvent('document.upload_refused', application, upload)

export const documentAdded = (application: Application, document: DocumentFacts & { size: number }) =>
  kycEvent('document.added', application, document)

export const documentDeleted = (application: Application, document: DocumentFacts) =>
  kycEvent('document.deleted', application, document)

export const documentDownloaded = (application: Application, document: DocumentFacts & { expiresAt: string }) =>
  kycEvent('document.downloaded', application, document)

/** Its object is gone, or is not what was checked. */
export const documentMissing = (application: Application, document: DocumentFacts & { reason: 'absent' | 'damaged' }) =>
  kycEvent('document.missing', application, document)

export const documentFound = (application: Application, document: DocumentFacts) =>
  kycEvent('document.found', application, document)

/** The whole of a transfer, all of it public on its chain: whoever shows the event needs no table. Milliseconds since 1970. */
export type TransferPayload = {
  chainId: number
  token: string
  kind: TransferKind
  from: string
  to: string
  amount: string
  blockNumber: string
  blockHash: string
  transactionHash: string
  logIndex: number
  timestamp: number
}

const transferEvent = (type: string, id: string, payload: TransferPayload): Draft => ({
  stream: 'transfers',
  type,
  subjectId: id,
  tags: ['transfers', transfersTag(payload.chainId, payload.token)],
  payload,
})

export const transferRecorded = (id: string, payload: TransferPayload) =>
  transferEvent('transfer.recorded', id, payload)

export const transferRetracted = (id: string, payload: TransferPayload) =>
  transferEvent('transfer.retracted', id, payload)

type Token = { id: string; chainId: number; address: string; version: number }

const tokenEvent = (type: string, token: Token, payload: Record<string, unknown>): Draft => ({
  stream: 'tokens',
  type,
  subjectId: token.id,
  tags: ['tokens', tokenTag(token.id), contractTag(token.chainId, token.address)],
  payload: { chainId: token.chainId, address: token.address, version: token.version, ...payload },
})

type TokenDigests = { metadataSha256: string | null; logoSha256: string | null }

export const tokenPublished = (token: Token, digests: TokenDigests) => tokenEvent('token.published', token, digests)

export const tokenSealed = (token: Token, digests: TokenDigests) => tokenEvent('token.sealed', token, digests)

/** A quotation; `at` is the moment at which it was new, or over, in milliseconds since 1970. */
export type Quotation = { id: number; base: string; quote: string; source: string; rate: string; at: number }

/** `expiresAt`: of a manual rate, milliseconds since 1970. */
export type RatePayload = Omit<Quotation, 'id' | 'rate'> & { quotationId: number; rate?: string; expiresAt?: number }

const rateEvent = (type: string, { id, ...quotation }: Omit<Quotation, 'rate'>): Draft => ({
  stream: 'rates',
  type,
  subjectId: `${quotation.base}:${quotation.quote}`,
  tags: ['rates', `rate:${quotation.base}:${quotation.quote}`],
  payload: { quotationId: id, ...quotation } satisfies RatePayload,
})

export const rateChanged = (quotation: Quotation) => rateEvent('rate.changed', quotation)

/** The provider has said the same again: what is shown of it holds for longer. */
export const ratesRenewed = ({ source, base }: Pick<Quotation, 'source' | 'base'>): Draft => ({
  stream: 'rates',
  type: 'rates.renewed',
  subjectId: base,
  tags: ['rates'],
  payload: { source, base },
})

export const rateSet = (quotation: Quotation & { expiresAt: number }) => rateEvent('rate.set', quotation)

export const rateEnded = (quotation: Omit<Quotation, 'rate'> & { expiresAt: number }) =>
  rateEvent('rate.ended', quotation)
