import type { Db } from '../db/client.ts'
import type { Viewer } from '../permissions.ts'
import { createKycApplicationCountByUserId, createKycStatusByUserId } from './kyc.ts'

/**
 * Made per request, each when it is first used: what one viewer was shown never reaches another. `validUntil` is told when
 * what was read ends by itself.
 */
export function createLoaders(db: Db, viewer: Viewer, validUntil: (time: Date) => void) {
  let counts: ReturnType<typeof createKycApplicationCountByUserId> | undefined
  let statuses: ReturnType<typeof createKycStatusByUserId> | undefined
  return {
    get kycApplicationCountByUserId() {
      counts ??= createKycApplicationCountByUserId(db, viewer)
      return counts
    },
    get kycStatusByUserId() {
      statuses ??= createKycStatusByUserId(db, viewer, validUntil)
      return statuses
    },
  }
}

export type Loaders = ReturnType<typeof createLoaders>
