import { and, eq, not, type SQL, sql } from 'drizzle-orm'
import { type Context, validUntil } from '../context.ts'
import { prefixPattern } from '../db/like.ts'
import { type UserRole, users } from '../db/schema/auth.ts'
import type { KycStatus } from '../db/schema/kyc.ts'
import type { Viewer } from '../permissions.ts'
import { standsAt } from './kyc/standing.ts'
import { isBanned, visibleUsers } from './user.ts'

type UserFilter = {
  search?: string | null | undefined
  role?: UserRole | null | undefined
  kycStatus?: KycStatus | null | undefined
  banned?: boolean | null | undefined
}

/** A filter as SQL takes it: `values` go in as they are, `literals` decide what SQL it is. */
export function userFilter(ctx: Context, { search, role, kycStatus, banned }: UserFilter) {
  // Any ban and any approval may end next, also of those who are not on this page.
  if (kycStatus || banned != null) validUntil(ctx, Date.now())
  const text = search?.trim()
  return {
    values: { prefix: text ? prefixPattern(text) : null },
    literals: { role: role ?? null, kycStatus: kycStatus ?? null, banned: banned ?? null },
  }
}
type Filter = ReturnType<typeof userFilter>

/** Whom a viewer sees under a filter: the filter only ever takes away. */
export const filteredUsers =
  (viewer: Viewer, { prefix }: Filter['values'], { role, kycStatus, banned }: Filter['literals']) =>
  (user: typeof users): SQL | undefined =>
    and(
      visibleUsers(viewer)(user),
      prefix ? sql`${user.id} in ${found(prefix)}` : undefined,
      role ? eq(user.role, role) : undefined,
      kycStatus ? standsAt(viewer, kycStatus)(user) : undefined,
      banned === null ? undefined : banned ? isBanned(user) : not(isBanned(user)),
    )

/** A prefix of a name or an e-mail address: each by an index of its own. */
function found(prefix: string): SQL {
  return sql`(
    select ${users.id} from ${users} where lower(${users.name}) like ${prefix}
    union all select ${users.id} from ${users} where lower(${users.email}) like ${prefix})`
}
