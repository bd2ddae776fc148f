import { drizzleAdapter } from '@better-auth/drizzle-adapter/relations-v2'
import { betterAuth } from 'better-auth'
import { admin, bearer } from 'better-auth/plugins'
import { createAccessControl } from 'better-auth/plugins/access'
import { defaultStatements } from 'better-auth/plugins/admin/access'
import type { Config } from '../config.ts'
import { accounts, sessions, users, verifications } from '../db/schema/auth.ts'
import { type Noun, newId } from '../ids.ts'
import type { Logger } from '../logger.ts'
import { createAuthLog } from './failures.ts'
import type { AuthMails } from './mails.ts'
import { checkProfile } from './profile.ts'
import { stepUp } from './step-up.ts'

type Options = {
  mails: AuthMails
  publicUrl: string
  origins: readonly string[]
  secret: string
  config: Config
  logger: Logger
}

export const cookiePrefix = 'gatehouse'
/** Set by the server from the socket or the trusted hop; whatever a client sends under this name is dropped. */
export const addressHeader = 'x-gatehouse-address'

const defaultRole = 'investor'
const accessControl = createAccessControl(defaultStatements)
// Better Auth's own administration is closed, so its roles may do nothing there.
const roles = {
  investor: accessControl.newRole({}),
  compliance: accessControl.newRole({}),
  admin: accessControl.newRole({}),
}

/** Roles and bans are changed by use cases of ours: with the right actor, and in one transaction. */
const disabledPaths = [
  'set-role',
  'get-user',
  'create-user',
  'update-user',
  'list-users',
  'list-user-sessions',
  'unban-user',
  'ban-user',
  'impersonate-user',
  'stop-impersonating',
  'revoke-user-session',
  'revoke-user-sessions',
  'remove-user',
  'set-user-password',
  'has-permission',
].map((path) => `/admin/${path}`)

/** Accounts and sessions. PostgreSQL is the authority; nothing of a session is kept in a cookie but its token. */
export function createAuth({ mails, publicUrl, origins, secret, config, logger }: Options) {
  return betterAuth({
    baseURL: publicUrl,
    basePath: '/api/auth',
    secret,
    telemetry: { enabled: false },
    trustedOrigins: [...origins],
    disabledPaths,
    database: drizzleAdapter(mails.db, {
      provider: 'pg',
      transaction: true,
      schema: { user: users, session: sessions, account: accounts, verification: verifications },
    }),
    hooks: { before: checkProfile, after: mails.askAllTheSame },
    databaseHooks: mails.databaseHooks,
    user: {
      additionalFields: { walletAddress: { type: 'string', required: false, input: false } },
      changeEmail: mails.changeEmail,
    },
    emailVerification: mails.emailVerification,
    // A token of a reset is kept as a hash: whoever reads the table cannot use it.
    verification: { storeIdentifier: 'hashed' },
    session: { expiresIn: config.auth.sessionSeconds, updateAge: 86_400, cookieCache: { enabled: false } },
    emailAndPassword: {
      enabled: true,
      minPasswordLength: 10,
      maxPasswordLength: 256,
      revokeSessionsOnPasswordReset: true,
      resetPasswordTokenExpiresIn: mails.passwordResetSeconds,
      sendResetPassword: mails.sendResetPassword,
      onExistingUserSignUp: mails.onExistingUserSignUp,
      // What an address that has an account is answered: the same as any other.
      customSyntheticUser: ({ coreFields, additionalFields, id }) => ({
        ...coreFields,
        ...additionalFields,
        role: defaultRole,
        id,
      }),
      // Where mails reach nobody, nobody could ever verify an address.
      requireEmailVerification: config.mail.smtpUrl !== null,
    },
    advanced: {
      cookiePrefix,
      useSecureCookies: publicUrl.startsWith('https:'),
      database: { generateId: ({ model }) => newId(model as Noun) },
      // Said, because Better Auth leaves the check out where the environment has TEST or NODE_ENV=test.
      disableOriginCheck: false,
      disableCSRFCheck: false,
      ipAddress: { ipAddressHeaders: [addressHeader] },
    },
    rateLimit: { enabled: false },
    // What is not an answer of its own reaches the server, which says UNAVAILABLE or INTERNAL and logs it without the
    // statement; Better Auth would print that, parameters and all.
    onAPIError: { throw: true },
    logger: { level: 'warn', log: createAuthLog(logger) },
    plugins: [bearer(), admin({ ac: accessControl, roles, defaultRole, adminRoles: ['admin'] }), stepUp()],
  })
}
