import type { Context } from '../../context.ts'
import { kycReveals } from '../../db/schema/kyc.ts'
import { transaction } from '../../db/transaction.ts'
import { kycDetailsRevealed } from '../../events.ts'
import { newId } from '../../ids.ts'
import { authorize } from '../../permissions.ts'
import { assertValid, textFault } from '../input.ts'
import { lockKycApplication } from './application.ts'
import { dateOfBirthOf, idDocumentNumberOf, residenceAddressOf } from './details.ts'
import { maxReasonLength } from './review.ts'

/** What queries withhold, for a reviewer who says why. The look is on record before it is granted. */
export function revealKycDetails(ctx: Context, input: { applicationId: string; reason: string }) {
  authorize(ctx.viewer, 'kyc:reveal')
  assertValid([textFault('reason', input.reason, maxReasonLength)])
  const { personalData } = ctx.services
  return transaction(ctx, async (tx) => {
    const application = await lockKycApplication(tx, ctx.viewer, input.applicationId)
    authorize(ctx.viewer, 'kyc:reveal', application)
    const id = newId('kycReveal')
    const revealedToId = ctx.viewer.id
    await tx.db.insert(kycReveals).values({ id, applicationId: application.id, revealedToId, reason: input.reason })
    tx.record(kycDetailsRevealed(application, id))
    return {
      dateOfBirth: dateOfBirthOf(personalData, application),
      residenceAddress: residenceAddressOf(personalData, application),
      idDocumentNumber: idDocumentNumberOf(personalData, application),
    }
  })
}
