import { desc, eq, sql } from 'drizzle-orm'
import { permissionsOf, planOf, scopesOf } from '../auth/api-key.ts'
import { makeApiKey, maxKeyDays, maxKeyNameLength } from '../auth/make-api-key.ts'
import type { Config } from '../config.ts'
import type { Core } from '../core.ts'
import { apiKeys, users } from '../db/schema/auth.ts'
import type { Tx, Writer } from '../db/transaction.ts'
import { BadUserInputError, ConflictError, type FieldFault, NotFoundError } from '../errors.ts'
import { type Scope, scopes } from '../permissions.ts'
import { assertValid, lineFault } from './input.ts'
import { accountsTransaction, isBanned } from './user.ts'

type Operator = { services: Core }
export type CreateApiKeyInput = {
  ownerEmail: string
  name: string
  scopes: readonly string[]
  /** Absent: the first of the plans. */
  plan?: string | undefined
  /** Absent: the key does not expire. */
  expiresInDays?: number | undefined
}

/** Made by the operator, in nobody's name. The key itself is in the answer and nowhere else. */
export async function createApiKey({ services }: Operator, input: CreateApiKeyInput) {
  const { name, expiresInDays } = input
  const granted = readScopes(input.scopes)
  const plan = readPlan(services.config, input.plan)
  assertValid([lineFault('name', name, maxKeyNameLength), expiresInDays !== undefined && daysFault(expiresInDays)])
  return accountsTransaction({ services }, async (tx) => {
    const owner = await lockOwner(tx, input.ownerEmail)
    // In this transaction: the trigger that makes the event sees in whose name it is.
    const made = await makeApiKey(tx.db, services, {
      userId: owner.id,
      name,
      permissions: permissionsOf(granted),
      metadata: { plan: plan.name },
      expiresIn: expiresInDays === undefined ? null : expiresInDays * 86_400,
    })
    return { id: made.id, key: made.key, ownerEmail: owner.email, scopes: granted, plan, expiresAt: made.expiresAt }
  })
}

/** For good: the row stays and says so, and no process takes the key for more than a moment. */
export async function revokeApiKey(writer: Writer, { keyId }: { keyId: string }) {
  await accountsTransaction(writer, async (tx) => {
    const [found] = await tx.db
      .select({ enabled: apiKeys.enabled })
      .from(apiKeys)
      .where(eq(apiKeys.id, keyId))
      .for('no key update')
    if (!found) throw new NotFoundError(`An API key with the id ${keyId}`)
    if (found.enabled) await tx.db.update(apiKeys).set({ enabled: false }).where(eq(apiKeys.id, keyId))
  })
  return { keyId }
}

export type ApiKeyFacts = Awaited<ReturnType<typeof listApiKeys>>[number]

/** Newest first. Of a key itself nothing is known but how it begins. */
export async function listApiKeys({ services }: { services: Pick<Core, 'db' | 'config'> }) {
  const rows = await services.db
    .select({ key: apiKeys, ownerEmail: users.email, ownerIsBanned: isBanned(users) })
    .from(apiKeys)
    .innerJoin(users, eq(users.id, apiKeys.referenceId))
    .orderBy(desc(apiKeys.createdAt), desc(apiKeys.id))
  return rows.map(({ key, ownerEmail, ownerIsBanned }) => ({
    id: key.id,
    name: key.name ?? '',
    ownerEmail,
    scopes: scopesOf(key.permissions),
    plan: planOf(key.metadata) ?? services.config.apiKeys.plans[0]!.name,
    createdAt: key.createdAt,
    lastUsedAt: key.lastRequest,
    expiresAt: key.expiresAt,
    state: stateOf(key, ownerIsBanned),
  }))
}

function stateOf({ enabled, expiresAt }: typeof apiKeys.$inferSelect, ownerIsBanned: boolean) {
  if (!enabled) return 'revoked'
  if (expiresAt !== null && expiresAt.getTime() <= Date.now()) return 'expired'
  return ownerIsBanned ? 'owner banned' : 'active'
}

function readScopes(given: readonly string[]): Scope[] {
  const isScope = (text: string): text is Scope => (scopes as readonly string[]).includes(text)
  const unknown = given.find((text) => !isScope(text))
  const known = scopes.join(', ')
  if (given.length === 0) throw refused('scopes', `A key needs a scope: ${known}.`)
  if (unknown !== undefined) throw refused('scopes', `There is no scope "${unknown}": the scopes are ${known}.`)
  return [...new Set(given.filter(isScope))]
}

function readPlan({ apiKeys: { plans } }: Config, name: string | undefined) {
  const plan = name === undefined ? plans[0] : plans.find((known) => known.name === name)
  if (plan) return plan
  const known = plans.map((item) => item.name).join(', ')
  throw refused('plan', `There is no plan "${name}": the plans are ${known} (API_KEY_PLANS).`)
}

const refused = (path: string, message: string) => new BadUserInputError([{ path, message }], message)

const daysFault = (days: number): FieldFault | null =>
  Number.isInteger(days) && days >= 1 && days <= maxKeyDays
    ? null
    : { path: 'expiresInDays', message: `Must be a whole number from 1 to ${maxKeyDays}.` }

async function lockOwner(tx: Tx, email: string) {
  const [owner] = await tx.db
    .select({ id: users.id, email: users.email, banned: users.banned, banExpires: users.banExpires })
    .from(users)
    .where(eq(sql`lower(${users.email})`, email.toLowerCase()))
    .for('no key update')
  if (!owner) throw new NotFoundError(`A user with the e-mail address ${email}`)
  const isBanned = owner.banned && (owner.banExpires === null || owner.banExpires.getTime() > Date.now())
  if (isBanned) throw new ConflictError(`${owner.email} is banned: the key would be good for nothing.`)
  return owner
}
