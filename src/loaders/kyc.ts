import DataLoader from 'dataloader'
import { sql } from 'drizzle-orm'
import type { Db } from '../db/client.ts'
import { type KycStatus, kycApplications } from '../db/schema/kyc.ts'
import { isReviewer, type Viewer } from '../permissions.ts'

/** Where a user stands: approved while an approval is valid, else as their newest application that the viewer may see. */
export const createKycStatusByUserId = (db: Db, viewer: Viewer) =>
  new DataLoader<string, KycStatus | null>(async (userIds) => {
    const viewerId = viewer.kind === 'user' ? viewer.id : null
    const { rows } = await db.execute<{ userId: string; status: KycStatus }>(sql`
      select distinct on (user_id) user_id as "userId", status
      from ${kycApplications}
      where user_id = any(${sql.param([...userIds])}) and (user_id = ${viewerId} or (${isReviewer(viewer)} and submitted_at is not null))
      order by user_id, (status = 'approved' and expires_at > now()) desc, created_at desc, id desc`)
    const statuses = new Map(rows.map((row) => [row.userId, row.status]))
    return userIds.map((userId) => statuses.get(userId) ?? null)
  })
