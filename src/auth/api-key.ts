import { createHash } from 'node:crypto'
import { z } from 'zod'
import { parseJson } from '../parse-json.ts'
import { type Scope, scopes } from '../permissions.ts'

export const apiKeyPrefix = 'gh_'

const form = /^gh_[A-Za-z]{64}$/

/** The form in which Better Auth makes keys. The token of a session, which has no underscore, is never taken for one. */
export const isApiKey = (text: string) => form.test(text)

/** As Better Auth stores a key: whoever reads the table has none. */
export const storedKeyOf = (key: string) => createHash('sha256').update(key).digest('base64url')

/** `kyc:read` is the action `read` on `kyc`; `introspect`, which has no action, is every one. */
const partsOf = (scope: Scope) => {
  const [resource = '', action = '*'] = scope.split(':')
  return { resource, action }
}

/** Scopes in the form in which Better Auth keeps permissions: `{ "kyc": ["read"] }`. */
export function permissionsOf(granted: readonly Scope[]): Record<string, string[]> {
  const permissions: Record<string, string[]> = {}
  for (const scope of scopes.filter((known) => granted.includes(known))) {
    const { resource, action } = partsOf(scope)
    permissions[resource] = [...(permissions[resource] ?? []), action]
  }
  return permissions
}

const storedPermissions = z.record(z.string(), z.array(z.string()))
const storedMetadata = z.object({ plan: z.string() })

/** Exactly the scopes that are written there; of what cannot be read, none. */
export function scopesOf(permissions: string | null): Scope[] {
  const { data } = storedPermissions.safeParse(parseJson(permissions))
  return scopes.filter((scope) => {
    const { resource, action } = partsOf(scope)
    return data !== undefined && Object.hasOwn(data, resource) && data[resource]?.includes(action)
  })
}

/** The plan that the key was given, or null: then it has the first. */
export const planOf = (metadata: string | null): string | null =>
  storedMetadata.safeParse(parseJson(metadata)).data?.plan ?? null
