import type { Context } from '../../context.ts'
import { transaction } from '../../db/transaction.ts'
import { kycUpdated } from '../../events.ts'
import { authorize } from '../../permissions.ts'
import { assertValid } from '../input.ts'
import { assertEditable, changeApplication, lockKycApplication } from './application.ts'
import { detailColumns, detailFaults, type KycDetailsInput } from './details.ts'

type Input = { applicationId: string; details: KycDetailsInput; expectedVersion: number | null }

/** The applicant's own data, as long as it is in their hands. */
export function updateKycApplication(ctx: Context, input: Input) {
  authorize(ctx.viewer, 'kyc:apply')
  assertValid(detailFaults(input.details))
  return transaction(ctx, async (tx) => {
    const application = await lockKycApplication(tx, ctx.viewer, input.applicationId)
    authorize(ctx.viewer, 'kyc:apply', application)
    assertEditable(application, input.expectedVersion)
    const columns = detailColumns(ctx.services.personalData, application.id, input.details)
    const changed = await changeApplication(tx, application, columns)
    tx.record(kycUpdated(changed, Object.keys(input.details)))
    return changed
  })
}
