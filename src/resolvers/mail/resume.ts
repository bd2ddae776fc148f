import { and, gt, isNull, lt, or, sql } from 'drizzle-orm'
import { mails } from '../../db/schema/mail.ts'
import { transaction, type Writer } from '../../db/transaction.ts'
import { addSending } from './queue.ts'

/** Nobody has taken a mail for so long: whoever took its job may have died before it had the mail in its hands. */
const untakenFor = sql`interval '10 minutes'`

/**
 * The job of a process that died is locked for hours, longer than many a link works: its mail gets another. A mail that
 * was let go after a failure has its job still.
 */
export function resumeMails({ services }: Writer) {
  return transaction({ services }, async (tx) => {
    const isUntaken = and(isNull(mails.claimedUntil), lt(mails.createdAt, sql`now() - ${untakenFor}`))
    const isLeftBehind = and(lt(mails.claimedUntil, sql`now()`), gt(mails.claimedUntil, mails.createdAt))
    const left = await tx.db
      .select({ id: mails.id })
      .from(mails)
      .where(and(isNull(mails.sentAt), isNull(mails.givenUpAt), or(isUntaken, isLeftBehind)))
    for (const { id } of left) await addSending(tx, id)
  })
}
