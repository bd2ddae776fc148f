/**
 * Tags say what an event changes, and what a cached answer rests on: an answer is fresh until one of its tags is touched.
 * Every event carries the wide tag of what it changes; narrow ones beside it where somebody asks for a part alone.
 */
export const tags = ['alerts', 'credentials', 'kyc', 'rates', 'settings', 'tokens', 'transfers', 'users'] as const
export type Tag = (typeof tags)[number]

/** Whatever is of one user: their account, their settings, their applications. */
export const userTag = (userId: string) => `user:${userId}`
/** An application with its documents and its history. */
export const kycTag = (applicationId: string) => `kyc:${applicationId}`
export const tokenTag = (tokenId: string) => `token:${tokenId}`
/** Addresses in lower case. */
export const contractTag = (chainId: number, address: string) => `token:${chainId}:${address}`
export const transfersTag = (chainId: number, token: string) => `transfers:${chainId}:${token}`
