import type { Db } from '../db/client.ts'
import type { Viewer } from '../permissions.ts'
import { createKycApplicationCountByUserId, createKycStatusByUserId } from './kyc.ts'

/** Made per request: what one viewer was shown never reaches another. */
export const createLoaders = (db: Db, viewer: Viewer) => ({
  kycApplicationCountByUserId: createKycApplicationCountByUserId(db, viewer),
  kycStatusByUserId: createKycStatusByUserId(db, viewer),
})

export type Loaders = ReturnType<typeof createLoaders>
