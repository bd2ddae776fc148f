import type { Db } from '../db/client.ts'
import type { Viewer } from '../permissions.ts'
import { createKycApplicationCountByUserId, createKycStatusByUserId } from './kyc.ts'

/** `validUntil` is told when what was read ends by itself; `inScope` reads for the request. */
export type LoadersRequest = { validUntil(time: Date): void; inScope<T>(read: () => T): T }

/**
 * Made per request, when the first is used: what one viewer was shown never reaches another.
 */
export const createLoaders = (db: Db, viewer: Viewer, request: LoadersRequest) => ({
  kycApplicationCountByUserId: createKycApplicationCountByUserId(db, viewer, request),
  kycStatusByUserId: createKycStatusByUserId(db, viewer, request),
})

export type Loaders = ReturnType<typeof createLoaders>
