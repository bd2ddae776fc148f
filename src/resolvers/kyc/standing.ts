import { and, desc, eq, inArray, notExists, type SQL, sql } from 'drizzle-orm'
import { alias, QueryBuilder } from 'drizzle-orm/pg-core'
import type { users } from '../../db/schema/auth.ts'
import { type KycStatus, kycApplications } from '../../db/schema/kyc.ts'
import type { Viewer } from '../../permissions.ts'
import { visibleKycApplications } from './application.ts'

type Applications = typeof kycApplications

/** The job that ends approvals comes once a minute; the clock does not wait for it. */
const isValid = ({ status, expiresAt }: Applications) => sql`(${status} = 'approved' and ${expiresAt} > now())`
const rank = (application: Applications) => [isValid(application), application.createdAt, application.id]

/** Where a user stands says the application whose approval is valid, else the newest that the viewer may see: it comes first. */
export const standingOrder = (application: Applications): SQL[] => rank(application).map((by) => desc(by))

export const statusNow = (application: Applications) =>
  sql<KycStatus>`case when ${application.status} = 'approved' and not ${isValid(application)} then 'expired' else ${application.status} end`

/** The users who stand there, for a query. */
export const standsAt =
  (viewer: Viewer, status: KycStatus) =>
  (user: Pick<typeof users, 'id'>): SQL => {
    const [one, better] = [named('one'), named('better')]
    const visible = visibleKycApplications(viewer)
    const says = new QueryBuilder().select({ userId: one.userId }).from(one)
    const isBetter = sql`(${sql.join(rank(better), sql`, `)}) > (${sql.join(rank(one), sql`, `)})`
    const others = new QueryBuilder().select({ id: better.id }).from(better)
    return inArray(
      user.id,
      says.where(
        and(
          isNow(one, status),
          visible(one),
          notExists(others.where(and(eq(better.userId, one.userId), visible(better), isBetter))),
        ),
      ),
    )
  }

/** The table under another name; its columns have the same types. */
const named = (name: string) => alias(kycApplications, name) as unknown as Applications

/** `statusNow` as a condition that an index serves. */
function isNow(application: Applications, status: KycStatus): SQL {
  if (status === 'approved') return isValid(application)
  const isOver = sql`(${application.status} = 'approved' and not ${isValid(application)})`
  return status === 'expired' ? sql`(${application.status} = 'expired' or ${isOver})` : eq(application.status, status)
}
