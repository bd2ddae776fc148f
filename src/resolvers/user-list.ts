import { and, eq, not, type SQL, sql } from 'drizzle-orm'
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

/** Whom a viewer sees under a filter: the filter only ever takes away. */
export const filteredUsers =
  (viewer: Viewer, { search, role, kycStatus, banned }: UserFilter) =>
  (user: typeof users): SQL | undefined =>
    and(
      visibleUsers(viewer)(user),
      search?.trim() ? sql`${user.id} in ${found(search.trim())}` : undefined,
      role ? eq(user.role, role) : undefined,
      kycStatus ? standsAt(viewer, kycStatus)(user) : undefined,
      banned == null ? undefined : banned ? isBanned(user) : not(isBanned(user)),
    )

/** A prefix of a name or an e-mail address: each by an index of its own. */
function found(search: string): SQL {
  const prefix = prefixPattern(search)
  return sql`(
    select ${users.id} from ${users} where lower(${users.name}) like ${prefix}
    union all select ${users.id} from ${users} where lower(${users.email}) like ${prefix})`
}
