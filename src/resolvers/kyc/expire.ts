import { and, eq, lte, sql } from 'drizzle-orm'
import { kycApplications } from '../../db/schema/kyc.ts'
import { transaction, type Writer } from '../../db/transaction.ts'
import { changeStatus } from './application.ts'

const batchSize = 100

/** Ends the approvals whose time has come. Any number may run at once: each takes others. */
export async function expireKycApplications(writer: Writer): Promise<number> {
  for (let total = 0; ; ) {
    const expired = await transaction(writer, async (tx) => {
      const due = await tx.db
        .select()
        .from(kycApplications)
        .where(and(eq(kycApplications.status, 'approved'), lte(kycApplications.expiresAt, sql`now()`)))
        .orderBy(kycApplications.expiresAt)
        .limit(batchSize)
        .for('no key update', { skipLocked: true })
      for (const application of due) await changeStatus(tx, application, 'expired', { actorId: null })
      return due.length
    })
    total += expired
    if (expired < batchSize) return total
  }
}
