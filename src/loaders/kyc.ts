import DataLoader from 'dataloader'
import { and, count, inArray } from 'drizzle-orm'
import type { Db } from '../db/client.ts'
import { type KycStatus, kycApplications } from '../db/schema/kyc.ts'
import type { Viewer } from '../permissions.ts'
import { visibleKycApplications } from '../resolvers/kyc/application.ts'
import { standingOrder, statusNow } from '../resolvers/kyc/standing.ts'
import type { LoadersRequest } from './index.ts'

/** Where a user stands: approved while an approval is valid, else as their newest application that the viewer may see. */
export const createKycStatusByUserId = (db: Db, viewer: Viewer, { validUntil, inScope }: LoadersRequest) =>
  new DataLoader<string, KycStatus | null>(async (userIds) => {
    const { userId } = kycApplications
    const rows = await inScope(async () =>
      db
        .selectDistinctOn([userId], {
          userId,
          status: statusNow(kycApplications),
          expiresAt: kycApplications.expiresAt,
        })
        .from(kycApplications)
        .where(and(inArray(userId, [...userIds]), visibleKycApplications(viewer)(kycApplications)))
        .orderBy(userId, ...standingOrder(kycApplications)),
    )
    for (const { status, expiresAt } of rows) if (status === 'approved' && expiresAt) validUntil(expiresAt)
    const statuses = new Map(rows.map((row) => [row.userId, row.status]))
    return userIds.map((user) => statuses.get(user) ?? null)
  })

/** How many applications of a user the viewer may see. */
export const createKycApplicationCountByUserId = (db: Db, viewer: Viewer, { inScope }: LoadersRequest) =>
  new DataLoader<string, number>(async (userIds) => {
    const { userId } = kycApplications
    const rows = await inScope(async () =>
      db
        .select({ userId, count: count() })
        .from(kycApplications)
        .where(and(inArray(userId, [...userIds]), visibleKycApplications(viewer)(kycApplications)))
        .groupBy(userId),
    )
    const counts = new Map(rows.map((row) => [row.userId, row.count]))
    return userIds.map((user) => counts.get(user) ?? 0)
  })
