import { AsyncLocalStorage } from 'node:async_hooks'
import type { BetterAuthOptions } from 'better-auth'
import { createAuthMiddleware, createEmailVerificationToken, getSessionFromCtx, isAPIError } from 'better-auth/api'
import { eq, sql } from 'drizzle-orm'
import type { Db } from '../db/client.ts'
import type { PersonalData } from '../db/personal-data.ts'
import { users } from '../db/schema/auth.ts'
import { addJobIn, transaction, type Writer } from '../db/transaction.ts'
import { linkLifetimeMs, type MailContent } from '../resolvers/mail/content.ts'
import { type AccountMailKind, queueAccountMail } from '../resolvers/mail/queue.ts'
import { failRequest } from './failures.ts'

type Options = { services: Writer['services']; personalData: PersonalData; publicUrl: string }
type AccountHooks = NonNullable<NonNullable<BetterAuthOptions['databaseHooks']>['account']>
type UserHooks = NonNullable<NonNullable<BetterAuthOptions['databaseHooks']>['user']>
type Change = NonNullable<NonNullable<BetterAuthOptions['user']>['changeEmail']>
export type AuthMails = ReturnType<typeof createAuthMails>

/** The pages that links lead to where the client names none of its own. */
const confirmedPage = '/email-confirmed'
const resetPage = '/reset-password'
const verificationSeconds = linkLifetimeMs.verification / 1000

/**
 * The mails that Better Auth asks for. An answer of it means that its mail is in the outbox: where it writes in a
 * transaction the mail is part of that, else it has one of its own, and a failure is the request's.
 */
export function createAuthMails({ services, personalData, publicUrl }: Options) {
  const joined = new AsyncLocalStorage<Db>()

  /** Without a request it is code of this process that makes an account, and nobody waits for a mail. */
  async function queue(request: Request | undefined, userId: string, kind: AccountMailKind, content: MailContent) {
    if (!request) return
    const mail = { userId, kind, content, acceptLanguage: request.headers.get('accept-language') }
    try {
      await transaction({ services }, (tx) => queueAccountMail(tx, personalData, mail))
    } catch (error) {
      // Better Auth would log it and answer as if nothing had happened.
      failRequest(error)
      throw error
    }
  }

  const emailVerification: BetterAuthOptions['emailVerification'] = {
    expiresIn: verificationSeconds,
    // At a sign-up Better Auth asks after its commit; the hook below is in time.
    sendOnSignUp: false,
    sendOnSignIn: true,
    // A link may be somebody else's: whoever opens it does not become them.
    autoSignInAfterVerification: false,
    async sendVerificationEmail({ user, url, token }, request) {
      const { id, email: address } = user
      if (!isOfChange(token))
        return queue(request, id, 'email_verification', { address, link: leadingTo(url, confirmedPage) })
      // Whose address it is already has nothing to confirm, and is not to be troubled.
      if (await isTaken(address)) return
      await queue(request, id, 'email_change', { address, link: leadingTo(url, `${confirmedPage}?step=change`) })
    },
  }

  async function isTaken(address: string) {
    const [owner] = await services.db
      .select({ id: users.id })
      .from(users)
      .where(eq(sql`lower(${users.email})`, address.toLowerCase()))
    return owner !== undefined
  }

  /** Whoever has only the session may not take the account away: the old address is asked first. */
  const askOldAddress = ({ user, newEmail, url }: AskedChange, request?: Request) =>
    queue(request, user.id, 'email_change_approval', {
      address: user.email,
      newAddress: newEmail,
      link: leadingTo(url, `${confirmedPage}?step=approval`),
    })

  /** Better Auth sends no mail when the address is taken: whoever asks would learn that from their own mailbox. */
  const askAllTheSame = createAuthMiddleware(async (ctx) => {
    if (ctx.path !== '/change-email' || isAPIError(ctx.context.returned)) return
    const user = (await getSessionFromCtx(ctx))?.user
    const { newEmail, callbackURL } = ctx.body as { newEmail: string; callbackURL?: string }
    if (!user?.emailVerified || !(await isTaken(newEmail))) return
    const { secret, baseURL } = ctx.context
    const change = { requestType: 'change-email-confirmation', userId: user.id }
    const token = await createEmailVerificationToken(secret, user.email, newEmail, verificationSeconds, change)
    const url = `${baseURL}/verify-email?token=${token}&callbackURL=${encodeURIComponent(callbackURL ?? '')}`
    await askOldAddress({ user, newEmail: newEmail.toLowerCase(), url }, ctx.request)
  })

  /** The address may have got an account since its link was sent: the link is worn then. */
  const refuseTaken: NonNullable<UserHooks['update']>['before'] = async ({ email }, ctx) => {
    if (!ctx || email === undefined || !(await isTaken(email))) return
    const page = new URL(ctx.query?.callbackURL ?? confirmedPage, publicUrl)
    page.searchParams.set('error', 'INVALID_TOKEN')
    throw ctx.redirect(page.href)
  }

  /** The password's account is the last that a sign-up writes: its user is there, and the transaction is open. */
  const verifyAtSignUp: NonNullable<AccountHooks['create']>['before'] = async ({ userId }, ctx) => {
    const db = joined.getStore()
    if (!db || !ctx?.request || ctx.path !== '/sign-up/email') return
    const { email, callbackURL } = ctx.body as { email: string; callbackURL?: string }
    const address = email.toLowerCase()
    const { secret, baseURL } = ctx.context
    const token = await createEmailVerificationToken(secret, address, undefined, verificationSeconds, { userId })
    const url = `${baseURL}/verify-email?token=${token}&callbackURL=${encodeURIComponent(callbackURL ?? '')}`
    await queueAccountMail({ db, addJob: addJobIn(db) }, personalData, {
      userId,
      kind: 'email_verification',
      content: { address, link: leadingTo(url, confirmedPage) },
      acceptLanguage: ctx.request.headers.get('accept-language'),
    })
  }

  return {
    /** For Better Auth: a database whose transactions can be joined. */
    db: new Proxy(services.db, {
      get(db, name) {
        if (name !== 'transaction') return Reflect.get(db, name)
        const transaction: Db['transaction'] = (work, options) =>
          db.transaction((tx) => joined.run(tx, () => work(tx)), options)
        return transaction
      },
    }),
    databaseHooks: { account: { create: { before: verifyAtSignUp } }, user: { update: { before: refuseTaken } } },
    askAllTheSame,
    emailVerification,
    passwordResetSeconds: linkLifetimeMs.passwordReset / 1000,
    sendResetPassword: ({ user, url }: { user: Addressee; url: string }, request?: Request) =>
      queue(request, user.id, 'password_reset', { address: user.email, link: leadingTo(url, resetPage) }),
    onExistingUserSignUp: ({ user }: { user: Addressee }, request?: Request) =>
      queue(request, user.id, 'account_exists', { address: user.email, link: new URL(resetPage, publicUrl).href }),
    changeEmail: { enabled: true, sendChangeEmailConfirmation: askOldAddress } satisfies Change,
  }
}

type Addressee = { id: string; email: string }
type AskedChange = { user: Addressee; newEmail: string; url: string }

const isOfChange = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).requestType === 'change-email-verification'

/** Where the client has named no page, Better Auth's link leads to `/` or nowhere; and that of a change names its first page. */
function leadingTo(link: string, page: string) {
  const url = new URL(link)
  const named = url.searchParams.get('callbackURL') ?? ''
  if (named === '' || named === '/' || named.startsWith(`${confirmedPage}?step=`))
    url.searchParams.set('callbackURL', page)
  return url.href
}
