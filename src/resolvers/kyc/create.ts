import { and, eq } from 'drizzle-orm'
import type { Context } from '../../context.ts'
import { kycApplications } from '../../db/schema/kyc.ts'
import { transaction } from '../../db/transaction.ts'
import { ConflictError } from '../../errors.ts'
import { newId } from '../../ids.ts'
import { authorize } from '../../permissions.ts'
import { assertValid } from '../input.ts'
import { recordStatusChange } from './application.ts'
import { detailColumns, detailFaults, type KycDetailsInput } from './details.ts'

/** One undecided application a user, and none after a final rejection. An approved one may be renewed by another. */
export function createKycApplication(ctx: Context, input: { details: KycDetailsInput }) {
  authorize(ctx.viewer, 'kyc:apply')
  const userId = ctx.viewer.id
  assertValid(detailFaults(input.details))
  return transaction(ctx, async (tx) => {
    const id = newId('kycApplication')
    const [application] = await tx.db
      .insert(kycApplications)
      .values({ ...detailColumns(ctx.services.personalData, id, input.details), id, userId })
      .returning()
    // Asked now: the insert waits for a decision that is under way, and only the next statement sees it.
    const [barred] = await tx.db
      .select({ id: kycApplications.id })
      .from(kycApplications)
      .where(and(eq(kycApplications.userId, userId), eq(kycApplications.rejectionKind, 'final')))
      .limit(1)
    if (barred) throw new ConflictError('A final rejection stands: no further application can be made.')
    await recordStatusChange(tx, application!, { from: null, actorId: userId })
    return application!
  })
}
