import { and, eq, isNotNull, or, type SQL, sql } from 'drizzle-orm'
import { type KycStatus, kycApplications, kycStatusChanges } from '../../db/schema/kyc.ts'
import type { Tx } from '../../db/transaction.ts'
import { ConflictError, NotFoundError } from '../../errors.ts'
import { kycStatusChanged } from '../../events.ts'
import { newId } from '../../ids.ts'
import { mayView, seesSubmitted, type Viewer } from '../../permissions.ts'
import { queueDecisionMail } from '../mail/queue.ts'

export type KycApplication = typeof kycApplications.$inferSelect

/** The rule of `mayView`, for queries. */
export const visibleKycApplications =
  (viewer: Viewer) =>
  (application: typeof kycApplications): SQL => {
    const own = viewer.kind === 'user' ? eq(application.userId, viewer.id) : undefined
    const submitted = seesSubmitted(viewer) ? isNotNull(application.submittedAt) : undefined
    return or(own, submitted) ?? sql`false`
  }

/** For rows that belong to an application: they are seen by whoever sees the application. */
export const ofVisibleKycApplication = (viewer: Viewer) => (row: { applicationId: SQL.Aliased | unknown }) =>
  sql`${row.applicationId} in (select ${kycApplications.id} from ${kycApplications} where ${visibleKycApplications(viewer)(kycApplications)})`

const isVisible = (viewer: Viewer, { userId, submittedAt }: KycApplication) =>
  mayView(viewer, { userId, submitted: submittedAt !== null })

/** Locked until the transaction ends. NOT_FOUND when there is none or the viewer may not see it. */
export async function lockKycApplication(tx: Tx, viewer: Viewer, id: string): Promise<KycApplication> {
  const [application] = await tx.db
    .select()
    .from(kycApplications)
    .where(eq(kycApplications.id, id))
    .for('no key update')
  if (!application || !isVisible(viewer, application)) throw new NotFoundError('The application')
  return application
}

/** The same table stands in the database (guard_kyc_application), for whoever comes another way. */
const transitions: Record<KycStatus, readonly KycStatus[]> = {
  draft: ['submitted'],
  submitted: ['under_review', 'additional_info_required', 'approved', 'rejected'],
  under_review: ['additional_info_required', 'approved', 'rejected'],
  additional_info_required: ['submitted'],
  approved: ['expired', 'revoked'],
  rejected: [],
  expired: [],
  revoked: [],
}

const conflict = (message: string, { status, version }: KycApplication) =>
  new ConflictError(message, { status: status.toUpperCase(), version })

/** CONFLICT when the application has moved on since the client read it. */
function assertVersion(application: KycApplication, expectedVersion: number | null | undefined) {
  if (expectedVersion != null && expectedVersion !== application.version) {
    throw conflict(`The application has changed: it has version ${application.version} now.`, application)
  }
}

export function assertTransition(application: KycApplication, to: KycStatus, expectedVersion?: number | null) {
  assertVersion(application, expectedVersion)
  if (!transitions[application.status].includes(to)) {
    throw conflict(`An application that is ${application.status} cannot become ${to}.`, application)
  }
}

/** Data and documents change only in the applicant's hands: before submission, or when more was asked for. */
export function assertEditable(application: KycApplication, expectedVersion?: number | null) {
  assertVersion(application, expectedVersion)
  if (application.status !== 'draft' && application.status !== 'additional_info_required') {
    throw conflict(`An application that is ${application.status} cannot be changed.`, application)
  }
}

type Change = {
  actorId: string | null
  reason?: string | null
  set?: Partial<KycApplication>
  event?: Record<string, unknown>
  /** The applicant is told by something else: by the approval that takes the place of this one. */
  silent?: boolean
}

/** A step of the status: the row, its line of history, its event and its mail. The version in the condition is the last guard. */
export async function changeStatus(
  tx: Tx,
  application: KycApplication,
  to: KycStatus,
  change: Change,
): Promise<KycApplication> {
  const changed = await changeApplication(tx, application, { ...change.set, status: to })
  await recordStatusChange(tx, changed, { from: application.status, ...change })
  if (!change.silent) await queueDecisionMail(tx, changed)
  return changed
}

/** The first line of an application's history, and every later one. */
export async function recordStatusChange(
  tx: Tx,
  application: KycApplication,
  { from, actorId, reason, event }: Change & { from: KycStatus | null },
) {
  const change = { id: newId('kycStatusChange'), fromStatus: from, toStatus: application.status }
  const { id: applicationId, version } = application
  await tx.db
    .insert(kycStatusChanges)
    .values({ ...change, applicationId, version, changedById: actorId, reason: reason ?? null })
  tx.record(kycStatusChanged(application, { changeId: change.id, from, to: application.status }, event))
}

/** Any change: the version grows by one, or somebody else was first. */
export async function changeApplication(
  tx: Tx,
  application: KycApplication,
  set: Partial<KycApplication>,
): Promise<KycApplication> {
  const [changed] = await tx.db
    .update(kycApplications)
    .set({ ...set, version: application.version + 1 })
    .where(and(eq(kycApplications.id, application.id), eq(kycApplications.version, application.version)))
    .returning()
  if (!changed) throw conflict('The application has changed: read it again.', application)
  return changed
}
