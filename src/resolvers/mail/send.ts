import { setTimeout as sleep } from 'node:timers/promises'
import { and, eq, isNull, lt, or, sql } from 'drizzle-orm'
import { users } from '../../db/schema/auth.ts'
import { mails } from '../../db/schema/mail.ts'
import { render } from '../../mail/render.ts'
import { MailError, type OutgoingMail } from '../../mail/transport.ts'
import type { Services } from '../../services.ts'
import { openContent } from './content.ts'

type QueuedMail = typeof mails.$inferSelect

/** Longer than a mail may take to be sent and to be noted as sent. */
const claim = sql`now() + interval '10 minutes'`
const maxNotes = 30
const noteAgainMs = 1_000

/**
 * Sends a mail of the outbox, and throws when it could not be sent, for the job to be run again: 25 times within four
 * days. One process at a time has the mail in its hands.
 *
 * What the server took is noted at once, and while the database is away again and again. Only a process that dies
 * between the server's word and that note lets a mail be sent twice, under one Message-ID.
 */
export async function sendMail(services: Services, { mailId }: { mailId: string }) {
  const mail = await claimMail(services, mailId)
  if (!mail) return
  if (mail.expiresAt.getTime() <= Date.now()) return giveUp(services, mail, 'its time is over')
  try {
    await services.mail.send(await compose(services, mail))
  } catch (error) {
    if (error instanceof MailError && error.final) return giveUp(services, mail, error.message)
    await services.db.update(mails).set({ claimedUntil: mails.createdAt }).where(eq(mails.id, mail.id))
    throw error
  }
  await noteSent(services, mail)
}

/** Null when there is nothing left to do. */
async function claimMail({ db }: Services, id: string): Promise<QueuedMail | null> {
  const isOpen = and(eq(mails.id, id), isNull(mails.sentAt), isNull(mails.givenUpAt))
  const isFree = or(isNull(mails.claimedUntil), lt(mails.claimedUntil, sql`now()`))
  const [mail] = await db.update(mails).set({ claimedUntil: claim }).where(and(isOpen, isFree)).returning()
  if (mail) return mail
  const [open] = await db.select({ id: mails.id }).from(mails).where(isOpen)
  // Should the other one die, this job has to be there still.
  if (open) throw new Error('another process has this mail in its hands')
  return null
}

async function compose(services: Services, mail: QueuedMail): Promise<OutgoingMail> {
  const { db, personalData, publicUrl, mail: transport } = services
  const [user] = await db
    .select({ name: users.name, email: users.email, emailVerified: users.emailVerified })
    .from(users)
    .where(eq(users.id, mail.userId))
  if (!user) throw new Error('the user of a mail is gone')
  const { id, kind, locale } = mail
  const content = openContent(personalData, mail)
  const link = content?.link ?? publicUrl
  const to = content?.address ?? user.email
  return {
    ...render({
      kind,
      locale,
      service: transport.senderName ?? new URL(publicUrl).host,
      link,
      // Somebody who signs a stranger up gives the name: it would carry their words to the stranger. And a decision is
      // told without personal data.
      name: user.emailVerified && to === user.email && content ? user.name : undefined,
      newAddress: content?.newAddress,
    }),
    ...{ id, kind, locale, link, to },
  }
}

async function noteSent({ db }: Services, { id }: QueuedMail) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.update(mails).set({ sentAt: sql`now()`, content: null }).where(eq(mails.id, id))
    } catch (error) {
      if (attempt === maxNotes) throw error
      await sleep(noteAgainMs)
    }
  }
}

async function giveUp({ db, logger }: Services, { id, kind }: QueuedMail, reason: string) {
  await db.update(mails).set({ givenUpAt: sql`now()`, content: null }).where(eq(mails.id, id))
  logger.warn({ mailId: id, mail: kind }, `a mail was given up: ${reason}`)
}
