import { and, count, eq, ne, not, type SQL, sql } from 'drizzle-orm'
import type { Context } from '../context.ts'
import { sessions, type UserRole, users } from '../db/schema/auth.ts'
import { type Tx, transaction, type Writer } from '../db/transaction.ts'
import { ConflictError, NotFoundError } from '../errors.ts'
import { announceAccounts } from '../log/announce.ts'
import { authorize, isReviewer, type Viewer } from '../permissions.ts'
import { assertValid, futureFault, textFault } from './input.ts'

/** Whom a viewer may see: themselves; compliance and admins everybody. */
export const visibleUsers =
  (viewer: Viewer) =>
  (user: typeof users): SQL =>
    isReviewer(viewer) ? sql`true` : viewer.kind === 'user' ? eq(user.id, viewer.id) : sql`false`

/** A ban with an end is over when that has come, whether or not anybody has signed in since. */
export const isBanned = (user: Pick<typeof users, 'banned' | 'banExpires'>): SQL<boolean> =>
  sql<boolean>`(${user.banned} and coalesce(${user.banExpires}, 'infinity') > now())`

/** Nobody changes their own role, and one admin always remains. */
export async function setUserRole(ctx: Context, input: { userId: string; role: UserRole }) {
  authorize(ctx.viewer, 'user:administer', { id: input.userId })
  await accountsTransaction(ctx, async (tx) => {
    const user = await lockUser(tx, input.userId)
    if (user.role === 'admin' && input.role !== 'admin') await assertAnotherAdmin(tx, user.id)
    if (user.role !== input.role) await tx.db.update(users).set({ role: input.role }).where(eq(users.id, user.id))
  })
  return { userId: input.userId }
}

/** The ban and the end of the sessions are one change: there is no moment with a banned user's live session. */
export async function banUser(ctx: Context, input: { userId: string; reason: string; until: Date | null }) {
  authorize(ctx.viewer, 'user:administer', { id: input.userId })
  assertValid([textFault('reason', input.reason, 2_000), futureFault('until', input.until)])
  await accountsTransaction(ctx, async (tx) => {
    const user = await lockUser(tx, input.userId)
    if (user.role === 'admin') await assertAnotherAdmin(tx, user.id)
    await tx.db
      .update(users)
      .set({ banned: true, banReason: input.reason, banExpires: input.until })
      .where(eq(users.id, user.id))
    await endSessions(tx, user.id)
  })
  return { userId: input.userId }
}

export async function unbanUser(ctx: Context, input: { userId: string }) {
  authorize(ctx.viewer, 'user:administer', { id: input.userId })
  await accountsTransaction(ctx, async (tx) => {
    const user = await lockUser(tx, input.userId)
    if (!user.banned) return
    await tx.db.update(users).set({ banned: false, banReason: null, banExpires: null }).where(eq(users.id, user.id))
    // Of a sign-in that had begun before the ban: it is not to come to life now.
    await endSessions(tx, user.id)
  })
  return { userId: input.userId }
}

export async function revokeUserSessions(ctx: Context, input: { userId: string }) {
  authorize(ctx.viewer, 'session:revoke', { id: input.userId })
  const revoked = await accountsTransaction(ctx, async (tx) => {
    const user = await lockUser(tx, input.userId)
    return endSessions(tx, user.id)
  })
  return { revoked }
}

/** The operator's way to a role: by e-mail, in nobody's name. It may make the first admin. */
export async function setUserRoleByEmail(writer: Writer, input: { email: string; role: UserRole }) {
  return accountsTransaction(writer, async (tx) => {
    const [user] = await tx.db
      .select({ id: users.id, role: users.role })
      .from(users)
      .where(eq(sql`lower(${users.email})`, input.email.toLowerCase()))
      .for('no key update')
    if (!user) throw new NotFoundError(`A user with the e-mail address ${input.email}`)
    if (user.role === 'admin' && input.role !== 'admin') await assertAnotherAdmin(tx, user.id)
    if (user.role !== input.role) await tx.db.update(users).set({ role: input.role }).where(eq(users.id, user.id))
    return { userId: user.id }
  })
}

/** The events of `accounts` are written by triggers at COMMIT: nobody has them in hand, so the tail looks. */
export async function accountsTransaction<T>(writer: Writer, work: (tx: Tx) => Promise<T>): Promise<T> {
  const result = await transaction(writer, work)
  await announceAccounts(writer)
  return result
}

/** Weak enough that sessions may be inserted meanwhile (their foreign key reads the user's row). */
export async function lockUser(tx: Tx, id: string) {
  const [user] = await tx.db.select().from(users).where(eq(users.id, id)).for('no key update')
  if (!user) throw new NotFoundError('The user')
  return user
}

/** In the order of ids: whoever else ends the same sessions waits, instead of each waiting for the other. */
async function endSessions(tx: Tx, userId: string): Promise<number> {
  const rows = tx.db.select({ id: sessions.id }).from(sessions).where(eq(sessions.userId, userId)).orderBy(sessions.id)
  const ended = await tx.db
    .delete(sessions)
    .where(sql`${sessions.id} in (${rows.for('update')})`)
    .returning({ id: sessions.id })
  return ended.length
}

/** Two admins who demote each other at once: the lock lets one of them win. */
async function assertAnotherAdmin(tx: Tx, userId: string) {
  await tx.db.execute(sql`select pg_advisory_xact_lock(723553, 0)`)
  const [others] = await tx.db
    .select({ count: count() })
    .from(users)
    .where(and(eq(users.role, 'admin'), not(isBanned(users)), ne(users.id, userId)))
  if (others?.count === 0) throw new ConflictError('This is the last admin: make another one first.')
}
