import type { Db } from '../db/client.ts'
import type { Viewer } from '../permissions.ts'
import { createKycApplicationCountByUserId, createKycStatusByUserId } from './kyc.ts'

/**
 * Made per request, when the first is used: what one viewer was shown never reaches another. `validUntil` is told when
 * what was read ends by itself.
 */
export const createLoaders = (db: Db, viewer: Viewer, validUntil: (time: Date) => void) => ({
  kycApplicationCountByUserId: createKycApplicationCountByUserId(db, viewer),
  kycStatusByUserId: createKycStatusByUserId(db, viewer, validUntil),
})

export type Loaders = ReturnType<typeof createLoaders>
