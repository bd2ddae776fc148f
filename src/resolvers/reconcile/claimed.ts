import { and, eq, inArray, isNull, or, type SQL, sql } from 'drizzle-orm'
import { users } from '../../db/schema/auth.ts'
import { kycDocuments, objectDeletions, uploads } from '../../db/schema/document.ts'
import { tokenMetadata } from '../../db/schema/token.ts'
import type { Tx } from '../../db/transaction.ts'
import { avatar, avatarUploadOf, type Bucket, documentIdOf, tokenOf, uploadIdOf } from '../../storage/buckets.ts'

type Db = Tx['db']
/** Why an object stays: a row names it, an upload may still become a row, or its deletion is under way. */
type Claim = 'row' | 'in flight' | 'deletion'

/** Of these keys those that somebody has a claim on. Any other is nobody's. */
export async function claimsOn(db: Db, bucket: Bucket, keys: string[]): Promise<Map<string, Claim>> {
  if (keys.length === 0) return new Map()
  switch (bucket) {
    case 'kyc-documents':
      return documentClaims(db, keys)
    case 'user-uploads':
      return new Map(
        keysOf(await pendingUploads(db, keys, uploadIdOf), keys, uploadIdOf).map((key) => [key, 'in flight']),
      )
    case 'token-metadata':
      return new Map([...(await tokenClaims(db, keys)), ...(await avatarClaims(db, keys))])
  }
}

async function documentClaims(db: Db, keys: string[]) {
  const claims = new Map<string, Claim>()
  const open = await db
    .select({ key: objectDeletions.storageKey })
    .from(objectDeletions)
    .where(and(inArray(objectDeletions.storageKey, keys), isNull(objectDeletions.deletedAt)))
  for (const { key } of open) claims.set(key, 'deletion')
  // A completion stores the object first, and commits only from `pending`.
  const documentIds = keys.flatMap((key) => documentIdOf(key) ?? [])
  const pending = await idsOf(db, uploads.documentId, and(inArray(uploads.documentId, documentIds), isPending))
  for (const key of keysOf(pending, keys, documentIdOf)) claims.set(key, 'in flight')
  const rows = await db
    .select({ key: kycDocuments.storageKey })
    .from(kycDocuments)
    .where(inArray(kycDocuments.storageKey, keys))
  for (const { key } of rows) claims.set(key, 'row')
  return claims
}

/** What was published of a token stays, earlier versions too: their addresses are in caches and lists. */
async function tokenClaims(db: Db, keys: string[]): Promise<[string, Claim][]> {
  const contracts = new Map(keys.flatMap((key) => (tokenOf(key) ? [[contractKey(tokenOf(key)!), tokenOf(key)!]] : [])))
  if (contracts.size === 0) return []
  const rows = await db
    .select({ chainId: tokenMetadata.chainId, address: tokenMetadata.address })
    .from(tokenMetadata)
    .where(
      or(
        ...[...contracts.values()].map(({ chainId, address }) =>
          and(eq(tokenMetadata.chainId, chainId), eq(tokenMetadata.address, address)),
        ),
      ),
    )
  const published = new Set(rows.map(contractKey))
  return keys.filter((key) => tokenOf(key) && published.has(contractKey(tokenOf(key)!))).map((key) => [key, 'row'])
}

const contractKey = ({ chainId, address }: { chainId: number; address: string }) => `${chainId}/${address}`

async function avatarClaims(db: Db, keys: string[]): Promise<[string, Claim][]> {
  const pending = keysOf(await pendingUploads(db, keys, avatarUploadOf), keys, avatarUploadOf)
  const ids = keys.flatMap((key) => avatarUploadOf(key) ?? [])
  const isShown = sql`${users.image} like '%/' || ${uploads.id}`
  const shown =
    ids.length === 0
      ? []
      : await db
          .select({ id: uploads.id })
          .from(uploads)
          .innerJoin(users, eq(users.id, uploads.userId))
          .where(and(inArray(uploads.id, ids), isShown))
  return [
    ...pending.map((key): [string, Claim] => [key, 'in flight']),
    ...shown.map(({ id }): [string, Claim] => [avatar(id).key, 'row']),
  ]
}

const isPending = eq(uploads.state, 'pending')

const pendingUploads = (db: Db, keys: string[], idOf: (key: string) => string | null) => {
  const ids = keys.flatMap((key) => idOf(key) ?? [])
  return idsOf(db, uploads.id, and(inArray(uploads.id, ids), isPending))
}

async function idsOf(db: Db, column: typeof uploads.id | typeof uploads.documentId, where: SQL | undefined) {
  const rows = await db.select({ id: column }).from(uploads).where(where)
  return new Set(rows.map(({ id }) => id))
}

const keysOf = (ids: Set<string | null>, keys: string[], idOf: (key: string) => string | null) =>
  keys.filter((key) => ids.has(idOf(key)) && idOf(key) !== null)
