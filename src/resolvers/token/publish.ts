import { createHash } from 'node:crypto'
import { eq } from 'drizzle-orm'
import type { Context } from '../../context.ts'
import { tokenMetadata } from '../../db/schema/token.ts'
import { type Tx, transaction } from '../../db/transaction.ts'
import { ConflictError } from '../../errors.ts'
import { tokenPublished } from '../../events.ts'
import { authorize } from '../../permissions.ts'
import { tokenObject } from '../../storage/buckets.ts'
import type { Storage } from '../../storage/index.ts'
import { putPublicObject } from '../../storage/public.ts'
import { assertValid, lineFault, textFault } from '../input.ts'
import { completeUpload } from '../upload/upload.ts'
import { metadataDocument } from './document.ts'
import { type Logo, logoFor } from './logo.ts'
import {
  assertUnsealed,
  type Contract,
  digestsOf,
  findToken,
  lockToken,
  publishedUrl,
  type TokenMetadata,
} from './token.ts'

type Input = Contract & {
  name: string
  symbol: string
  decimals: number
  /** Absent: as it is. */
  description?: string | null | undefined
  logoUploadId?: string | null | undefined
}

const maxTries = 5

/**
 * First the objects, then the row: a row means that they are there. What two publish at once is in the one order or the
 * other, each as a whole; the same facts again change nothing. What is replaced stays in the store: its address is in
 * caches and in lists for a year, and its digest in the log for ever.
 */
export async function publishTokenMetadata(ctx: Context, given: Input): Promise<TokenMetadata> {
  authorize(ctx.viewer, 'token:publish')
  const { viewer, services } = ctx
  const input = { ...given, address: given.address.toLowerCase() }
  assertValid(faultsOf(input))
  for (let attempt = 1; attempt <= maxTries; attempt++) {
    const before = await findToken(services.db, input)
    if (before) assertUnsealed(before)
    const logo = await logoFor(ctx, viewer, input, { uploadId: input.logoUploadId, before }).catch(
      async (error: unknown) => {
        // The same publication, sent twice at once, may have used the upload: then the token has its logo by now.
        const isOvertaken = (await findToken(services.db, input))?.version !== before?.version
        if (error instanceof ConflictError && isOvertaken) return 'overtaken' as const
        throw error
      },
    )
    if (logo === 'overtaken') continue
    const { name, symbol, decimals } = input
    const description = input.description === undefined ? (before?.description ?? null) : input.description
    const facts = { name, symbol, decimals, description }
    const stored = await storeDocument(services.storage, input, facts, logo)
    const published = await transaction(ctx, (tx) =>
      writeToken(tx, { ...input, publishedById: viewer.id }, { ...facts, ...stored }, { before, logo }),
    )
    if (published) return published
  }
  throw new ConflictError('Others are publishing the metadata of this token: read it again.')
}

const faultsOf = ({ name, symbol, decimals, description }: Input) => [
  lineFault('name', name, 100),
  lineFault('symbol', symbol, 32),
  decimals >= 0 && decimals <= 255 ? null : { path: 'decimals', message: 'Must be from 0 to 255.' },
  typeof description === 'string' && textFault('description', description, 2_000),
]

type Facts = Pick<TokenMetadata, 'name' | 'symbol' | 'decimals' | 'description'>
type Stored = Pick<TokenMetadata, 'metadataKey' | 'metadataVersionId' | 'logoKey' | 'logoVersionId'>

async function storeDocument(storage: Storage, contract: Contract, facts: Facts, logo: Logo | null): Promise<Stored> {
  const { chainId, address } = contract
  const logoUrl = logo && publishedUrl(storage, logo.key)
  const bytes = metadataDocument({ chainId, address, ...facts, logoUrl })
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const place = tokenObject(contract, { name: 'metadata', sha256, extension: 'json' })
  const { versionId } = await putPublicObject(storage, place, { bytes, contentType: 'application/json' })
  return {
    metadataKey: place.key,
    metadataVersionId: versionId,
    logoKey: logo?.key ?? null,
    logoVersionId: logo?.versionId ?? null,
  }
}

/** Null when somebody else has published since `before` was read: what is to be kept of it must be read again. */
async function writeToken(
  tx: Tx,
  { chainId, address, publishedById }: Contract & { publishedById: string },
  values: Facts & Stored,
  { before, logo }: { before: TokenMetadata | null; logo: Logo | null },
): Promise<TokenMetadata | null> {
  const token = await lockToken(tx, { chainId, address })
  if (token?.version !== before?.version) return null
  if (token && isSame(token, values)) {
    if (logo?.uploadId) await completeUpload(tx, { id: logo.uploadId })
    return token
  }
  const [published] = token
    ? await tx.db
        .update(tokenMetadata)
        .set({ ...values, publishedById, version: token.version + 1 })
        .where(eq(tokenMetadata.id, token.id))
        .returning()
    : await tx.db
        .insert(tokenMetadata)
        .values({ chainId, address, publishedById, ...values })
        .onConflictDoNothing()
        .returning()
  if (!published) return null
  if (logo?.uploadId) await completeUpload(tx, { id: logo.uploadId })
  tx.record(tokenPublished(published, digestsOf(published)))
  return published
}

/** The keys say what the bytes are; another version is there when the store had lost them. */
const isSame = (token: TokenMetadata, values: Stored) =>
  token.metadataKey === values.metadataKey &&
  token.metadataVersionId === values.metadataVersionId &&
  token.logoVersionId === values.logoVersionId
