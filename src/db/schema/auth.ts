import { sql } from 'drizzle-orm'
import { boolean, check, index, integer, snakeCase, text, uniqueIndex } from 'drizzle-orm/pg-core'
import { at, id, times } from '../columns.ts'

export const userRoles = ['investor', 'compliance', 'admin'] as const
export type UserRole = (typeof userRoles)[number]

/** Property names are the field names that Better Auth asks for. */
export const users = snakeCase.table(
  'users',
  {
    id: id('user'),
    // Better Auth wants a name; none is the empty text, shown as null.
    name: text().notNull().default(''),
    email: text().notNull(),
    emailVerified: boolean().notNull().default(false),
    image: text(),
    walletAddress: text(),
    role: text({ enum: userRoles }).notNull().default('investor'),
    banned: boolean().notNull().default(false),
    banReason: text(),
    banExpires: at(),
    twoFactorEnabled: boolean().notNull().default(false),
    ...times,
  },
  (t) => [
    uniqueIndex('users_email_key').on(sql`lower(${t.email})`),
    uniqueIndex('users_wallet_address_key').on(t.walletAddress),
    index('users_email_prefix_idx').on(sql`lower(${t.email}) text_pattern_ops`),
    index('users_name_prefix_idx').on(sql`lower(${t.name}) text_pattern_ops`),
    index('users_created_at_idx').on(t.createdAt.desc().nullsFirst(), t.id.desc().nullsFirst()),
    index('users_role_created_at_idx').on(t.role, t.createdAt.desc().nullsFirst(), t.id.desc().nullsFirst()),
    index('users_banned_idx').on(t.createdAt.desc().nullsFirst(), t.id.desc().nullsFirst()).where(sql`${t.banned}`),
    check('users_role_check', sql`${t.role} in ('investor', 'compliance', 'admin')`),
    check('users_wallet_address_check', sql`${t.walletAddress} ~ '^0x[0-9a-f]{40}$'`),
  ],
)

export const sessions = snakeCase.table(
  'sessions',
  {
    id: id('session'),
    userId: text()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    token: text().notNull().unique(),
    expiresAt: at().notNull(),
    ipAddress: text(),
    userAgent: text(),
    impersonatedBy: text(),
    /** When the owner last proved who they are within this session (password or second factor, asked for again). */
    steppedUpAt: at(),
    ...times,
  },
  (t) => [index('sessions_user_id_idx').on(t.userId)],
)

export const accounts = snakeCase.table(
  'accounts',
  {
    id: id('account'),
    userId: text()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    accountId: text().notNull(),
    providerId: text().notNull(),
    accessToken: text(),
    refreshToken: text(),
    idToken: text(),
    accessTokenExpiresAt: at(),
    refreshTokenExpiresAt: at(),
    scope: text(),
    password: text(),
    ...times,
  },
  (t) => [
    index('accounts_user_id_idx').on(t.userId),
    uniqueIndex('accounts_provider_id_account_id_key').on(t.providerId, t.accountId),
  ],
)

export const verifications = snakeCase.table(
  'verifications',
  {
    id: id('verification'),
    identifier: text().notNull(),
    value: text().notNull(),
    expiresAt: at().notNull(),
    ...times,
  },
  (t) => [index('verifications_identifier_idx').on(t.identifier), index('verifications_value_idx').on(t.value)],
)

/** Made and revoked by the operator. `key` is a hash; scopes are in `permissions`, the plan in `metadata`. */
export const apiKeys = snakeCase.table(
  'api_keys',
  {
    id: id('apiKey'),
    configId: text().notNull().default('default'),
    name: text(),
    start: text(),
    /** The owner. */
    referenceId: text()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    prefix: text(),
    key: text().notNull().unique(),
    refillInterval: integer(),
    refillAmount: integer(),
    lastRefillAt: at(),
    enabled: boolean().notNull().default(true),
    rateLimitEnabled: boolean().notNull().default(false),
    rateLimitTimeWindow: integer(),
    rateLimitMax: integer(),
    requestCount: integer().notNull().default(0),
    remaining: integer(),
    lastRequest: at(),
    expiresAt: at(),
    permissions: text(),
    metadata: text(),
    ...times,
  },
  (t) => [index('api_keys_reference_id_idx').on(t.referenceId)],
)
