import { and, eq, gte, inArray, lt, type SQL, sql } from 'drizzle-orm'
import type { Context } from '../../context.ts'
import { prefixPattern } from '../../db/like.ts'
import { users } from '../../db/schema/auth.ts'
import { type KycStatus, kycApplications } from '../../db/schema/kyc.ts'
import { ForbiddenError } from '../../errors.ts'
import { seesPersonalData, type Viewer } from '../../permissions.ts'
import { visibleKycApplications } from './application.ts'

export type KycApplicationFilter = {
  statuses?: readonly KycStatus[] | null | undefined
  userId?: string | null | undefined
  submittedAfter?: Date | null | undefined
  submittedBefore?: Date | null | undefined
  search?: string | null | undefined
}

/**
 * A filter as SQL takes it: `values` go in as they are, `literals` decide what SQL it is. What is found by a name or a
 * number tells of it: FORBIDDEN to whoever sees no personal data.
 */
export function kycApplicationFilter(
  { viewer, services }: Pick<Context, 'viewer' | 'services'>,
  { statuses, userId, submittedAfter, submittedBefore, search }: KycApplicationFilter,
) {
  if (search != null && !seesPersonalData(viewer)) {
    throw new ForbiddenError('An API key cannot search in personal data.')
  }
  const text = search?.trim() || null
  return {
    values: {
      userId: userId ?? null,
      submittedAfter: submittedAfter ?? null,
      submittedBefore: submittedBefore ?? null,
      prefix: text && prefixPattern(text),
      numberDigests: text && services.personalData.digests(text),
    },
    // However often each is named, and in whatever order: there are as many plans as there are answers.
    literals: { statuses: statuses ? [...new Set(statuses)].toSorted() : null },
  }
}
type Filter = ReturnType<typeof kycApplicationFilter>

/** What a viewer sees of the applications under a filter: the filter only ever takes away. */
export const filteredKycApplications =
  (viewer: Viewer, values: Filter['values'], { statuses }: Filter['literals']) =>
  (application: typeof kycApplications): SQL | undefined =>
    and(
      visibleKycApplications(viewer)(application),
      statuses ? inArray(application.status, statuses) : undefined,
      values.userId !== null ? eq(application.userId, values.userId) : undefined,
      values.submittedAfter ? gte(application.submittedAt, values.submittedAfter) : undefined,
      values.submittedBefore ? lt(application.submittedAt, values.submittedBefore) : undefined,
      values.prefix && values.numberDigests
        ? sql`${application.id} in ${found(values.prefix, values.numberDigests)}`
        : undefined,
    )

/** A prefix of a name or an e-mail address, or an exact document number: each by an index of its own. */
function found(prefix: string, numberDigests: Buffer[]): SQL {
  const { id, userId, firstName, lastName, idDocumentNumberDigest } = kycApplications
  return sql`(
    select ${id} from ${kycApplications} where lower(${firstName}) like ${prefix}
    union all select ${id} from ${kycApplications} where lower(${lastName}) like ${prefix}
    union all select ${id} from ${kycApplications} where ${idDocumentNumberDigest} = any(${sql.param(numberDigests)})
    union all select ${id} from ${kycApplications} join ${users} on ${users.id} = ${userId} where lower(${users.email}) like ${prefix})`
}
