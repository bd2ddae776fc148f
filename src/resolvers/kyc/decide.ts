import { and, eq } from 'drizzle-orm'
import type { Context } from '../../context.ts'
import { kycDocuments } from '../../db/schema/document.ts'
import { kycApplications } from '../../db/schema/kyc.ts'
import { type Tx, transaction } from '../../db/transaction.ts'
import { ConflictError } from '../../errors.ts'
import { authorize } from '../../permissions.ts'
import { assertValid, textFault } from '../input.ts'
import { assertTransition, changeStatus, type KycApplication, lockKycApplication } from './application.ts'
import { maxReasonLength, reviewStep } from './review.ts'

type Input = { applicationId: string; expectedVersion: number | null }
const dayMs = 86_400_000

/** A case is decided once, by a reviewer who did not submit it. The event lists the digests that the approval rests on. */
export function approveKycApplication(ctx: Context, input: Input & { reason: string | null }) {
  authorize(ctx.viewer, 'kyc:review')
  const { reason } = input
  assertValid([reason !== null && textFault('reason', reason, maxReasonLength)])
  return reviewStep(ctx, input, {
    to: 'approved',
    write: async (tx, application, viewer) => {
      const documents = await assertEvidence(tx, application)
      await expireEarlierApproval(tx, application.userId)
      const reviewedAt = new Date()
      const expiresAt = new Date(reviewedAt.getTime() + ctx.services.config.kyc.approvalDays * dayMs)
      return changeStatus(tx, application, 'approved', {
        actorId: viewer.id,
        reason,
        set: { reviewedAt, reviewedById: viewer.id, expiresAt, rejectionReason: null, rejectionKind: null },
        event: { expiresAt: expiresAt.toISOString(), documents },
      })
    },
  })
}

export function rejectKycApplication(ctx: Context, input: Input & { reason: string; kind: 'retry' | 'final' }) {
  authorize(ctx.viewer, 'kyc:review')
  const { reason, kind } = input
  assertValid([textFault('reason', reason, maxReasonLength)])
  return reviewStep(ctx, input, {
    to: 'rejected',
    write: (tx, application, viewer) =>
      changeStatus(tx, application, 'rejected', {
        actorId: viewer.id,
        reason,
        set: { reviewedAt: new Date(), reviewedById: viewer.id, rejectionReason: reason, rejectionKind: kind },
        event: { kind },
      }),
  })
}

/** An approval that should not stand any more. Who approved it stays on record. */
export function revokeKycApproval(ctx: Context, input: Input & { reason: string }) {
  authorize(ctx.viewer, 'kyc:review')
  const { reason } = input
  assertValid([textFault('reason', reason, maxReasonLength)])
  return transaction(ctx, async (tx) => {
    const application = await lockKycApplication(tx, ctx.viewer, input.applicationId)
    authorize(ctx.viewer, 'kyc:review', application)
    assertTransition(application, 'revoked', input.expectedVersion)
    return changeStatus(tx, application, 'revoked', { actorId: ctx.viewer.id, reason })
  })
}

/** No approval rests on a file that is gone or a document that has expired meanwhile. */
async function assertEvidence(tx: Tx, application: KycApplication) {
  const documents = await tx.db
    .select({ id: kycDocuments.id, sha256: kycDocuments.sha256, missingAt: kycDocuments.missingAt })
    .from(kycDocuments)
    .where(eq(kycDocuments.applicationId, application.id))
    .orderBy(kycDocuments.id)
  if (documents.some((document) => document.missingAt !== null)) {
    throw new ConflictError(
      'A file of this application is missing in the store: it cannot be approved before it is restored.',
    )
  }
  if (application.idDocumentExpiry !== null && application.idDocumentExpiry <= new Date().toISOString().slice(0, 10)) {
    throw new ConflictError('The identity document has expired since it was submitted: ask for a valid one.')
  }
  return documents.map(({ id, sha256 }) => ({ id, sha256 }))
}

/** A renewal takes the place of the approval before it. */
async function expireEarlierApproval(tx: Tx, userId: string) {
  const [earlier] = await tx.db
    .select()
    .from(kycApplications)
    .where(and(eq(kycApplications.userId, userId), eq(kycApplications.status, 'approved')))
    .for('no key update')
  if (earlier) await changeStatus(tx, earlier, 'expired', { actorId: null, event: { renewed: true }, silent: true })
}
