import { and, eq, gte, inArray, lt, type SQL, sql } from 'drizzle-orm'
import type { Context } from '../../context.ts'
import { prefixPattern } from '../../db/like.ts'
import type { PersonalData } from '../../db/personal-data.ts'
import { users } from '../../db/schema/auth.ts'
import { type KycStatus, kycApplications } from '../../db/schema/kyc.ts'
import { ForbiddenError } from '../../errors.ts'
import { seesPersonalData } from '../../permissions.ts'
import { visibleKycApplications } from './application.ts'

export type KycApplicationFilter = {
  statuses?: readonly KycStatus[] | null | undefined
  userId?: string | null | undefined
  submittedAfter?: Date | null | undefined
  submittedBefore?: Date | null | undefined
  search?: string | null | undefined
}

/**
 * What a viewer sees of the applications under a filter: the filter only ever takes away. What is found by a name or a
 * number tells of it: FORBIDDEN to whoever sees no personal data.
 */
export function filteredKycApplications(
  { viewer, services }: Pick<Context, 'viewer' | 'services'>,
  filter: KycApplicationFilter,
) {
  if (filter.search != null && !seesPersonalData(viewer)) {
    throw new ForbiddenError('An API key cannot search in personal data.')
  }
  return (application: typeof kycApplications): SQL | undefined =>
    and(
      visibleKycApplications(viewer)(application),
      filter.statuses ? inArray(application.status, [...filter.statuses]) : undefined,
      filter.userId != null ? eq(application.userId, filter.userId) : undefined,
      filter.submittedAfter ? gte(application.submittedAt, filter.submittedAfter) : undefined,
      filter.submittedBefore ? lt(application.submittedAt, filter.submittedBefore) : undefined,
      filter.search?.trim()
        ? sql`${application.id} in ${found(services.personalData, filter.search.trim())}`
        : undefined,
    )
}

/** A prefix of a name or an e-mail address, or an exact document number: each by an index of its own. */
function found(personalData: PersonalData, search: string): SQL {
  const prefix = prefixPattern(search)
  const { id, userId, firstName, lastName, idDocumentNumberDigest } = kycApplications
  return sql`(
    select ${id} from ${kycApplications} where lower(${firstName}) like ${prefix}
    union all select ${id} from ${kycApplications} where lower(${lastName}) like ${prefix}
    union all select ${id} from ${kycApplications} where ${inArray(idDocumentNumberDigest, personalData.digests(search))}
    union all select ${id} from ${kycApplications} join ${users} on ${users.id} = ${userId} where lower(${users.email}) like ${prefix})`
}
