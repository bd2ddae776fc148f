import type { Context } from '../../context.ts'
import type { KycStatus } from '../../db/schema/kyc.ts'
import { type Tx, transaction } from '../../db/transaction.ts'
import { authorize, type UserViewer } from '../../permissions.ts'
import { assertValid, textFault } from '../input.ts'
import { assertTransition, changeStatus, type KycApplication, lockKycApplication } from './application.ts'

export const maxReasonLength = 2_000

type Input = { applicationId: string; expectedVersion: number | null }
type Step = {
  to: KycStatus
  write: (tx: Tx, application: KycApplication, viewer: UserViewer) => Promise<KycApplication>
}

/** Every step of a reviewer: not on an application of their own, and the right before the state, so that state does not leak. */
export function reviewStep(ctx: Context, input: Input, { to, write }: Step) {
  authorize(ctx.viewer, 'kyc:review')
  const { viewer } = ctx
  return transaction(ctx, async (tx) => {
    const application = await lockKycApplication(tx, viewer, input.applicationId)
    authorize(viewer, 'kyc:review', application)
    assertTransition(application, to, input.expectedVersion)
    return write(tx, application, viewer)
  })
}

export function startKycReview(ctx: Context, input: Input) {
  return reviewStep(ctx, input, {
    to: 'under_review',
    write: (tx, application, viewer) => changeStatus(tx, application, 'under_review', { actorId: viewer.id }),
  })
}

/** The application goes back into the applicant's hands, with what is asked of them. */
export function requestKycInformation(ctx: Context, input: Input & { reason: string }) {
  authorize(ctx.viewer, 'kyc:review')
  const { reason } = input
  assertValid([textFault('reason', reason, maxReasonLength)])
  return reviewStep(ctx, input, {
    to: 'additional_info_required',
    write: (tx, application, viewer) =>
      changeStatus(tx, application, 'additional_info_required', { actorId: viewer.id, reason }),
  })
}
