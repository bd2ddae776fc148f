import { and, eq, sql } from 'drizzle-orm'
import { tokenMetadata } from '../../db/schema/token.ts'
import type { Tx } from '../../db/transaction.ts'
import { ConflictError } from '../../errors.ts'
import { digestIn, type ObjectPlace } from '../../storage/buckets.ts'
import type { Storage } from '../../storage/index.ts'
import { publicUrl } from '../../storage/public.ts'

export type TokenMetadata = typeof tokenMetadata.$inferSelect
/** A token is its contract: a chain and an address in lower case. */
export type Contract = Pick<TokenMetadata, 'chainId' | 'address'>

/** Everybody, signed in or not. */
export const visibleTokenMetadata = () => () => sql`true`

const ofContract = ({ chainId, address }: Contract) =>
  and(eq(tokenMetadata.chainId, chainId), eq(tokenMetadata.address, address))

export async function findToken(db: Tx['db'], contract: Contract): Promise<TokenMetadata | null> {
  const [token] = await db.select().from(tokenMetadata).where(ofContract(contract))
  return token ?? null
}

export async function lockToken(tx: Tx, contract: Contract): Promise<TokenMetadata | null> {
  const [token] = await tx.db.select().from(tokenMetadata).where(ofContract(contract)).for('update')
  return token ?? null
}

export function assertUnsealed({ sealedAt }: Pick<TokenMetadata, 'sealedAt'>) {
  if (sealedAt !== null) throw new ConflictError('The metadata is sealed: it never changes again.')
}

const publishedAt = (key: string): ObjectPlace => ({ bucket: 'token-metadata', key })

/** The address of what is published under a key, at the store of today. */
export const publishedUrl = (storage: Storage, key: string) => publicUrl(storage, publishedAt(key))

/** What of a token lies in the store. */
export function objectsOf({ metadataKey, metadataVersionId, logoKey, logoVersionId }: TokenMetadata) {
  const metadata = { place: publishedAt(metadataKey), versionId: metadataVersionId }
  return logoKey === null ? [metadata] : [metadata, { place: publishedAt(logoKey), versionId: logoVersionId }]
}

export const digestsOf = ({ metadataKey, logoKey }: TokenMetadata) => ({
  metadataSha256: digestIn(metadataKey),
  logoSha256: logoKey === null ? null : digestIn(logoKey),
})
