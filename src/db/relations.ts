import { defineRelations } from 'drizzle-orm'
import * as schema from './schema/index.ts'

export const relations = defineRelations(schema, (r) => ({
  users: {
    kycApplications: r.many.kycApplications({ from: r.users.id, to: r.kycApplications.userId }),
    settings: r.one.userSettings({ from: r.users.id, to: r.userSettings.userId }),
    notificationSettings: r.one.notificationSettings({ from: r.users.id, to: r.notificationSettings.userId }),
  },
  kycApplications: {
    user: r.one.users({ from: r.kycApplications.userId, to: r.users.id, optional: false }),
    reviewedBy: r.one.users({ from: r.kycApplications.reviewedById, to: r.users.id }),
    documents: r.many.kycDocuments({ from: r.kycApplications.id, to: r.kycDocuments.applicationId }),
    statusHistory: r.many.kycStatusChanges({ from: r.kycApplications.id, to: r.kycStatusChanges.applicationId }),
  },
  kycDocuments: {
    application: r.one.kycApplications({
      from: r.kycDocuments.applicationId,
      to: r.kycApplications.id,
      optional: false,
    }),
  },
  kycStatusChanges: {
    application: r.one.kycApplications({
      from: r.kycStatusChanges.applicationId,
      to: r.kycApplications.id,
      optional: false,
    }),
    changedBy: r.one.users({ from: r.kycStatusChanges.changedById, to: r.users.id }),
  },
}))
export type Relations = typeof relations
