import type { Context } from '../../context.ts'
import type { UserViewer } from '../../permissions.ts'
import { tokenObject } from '../../storage/buckets.ts'
import { putPublicObject } from '../../storage/public.ts'
import { findOwnUpload, readUpload } from '../upload/upload.ts'
import type { Contract, TokenMetadata } from './token.ts'

/** A logo that lies in the store; `uploadId` when it has just been taken from an upload. */
export type Logo = { key: string; versionId: string | null; uploadId: string | null }

const extensions: Record<string, string> = { 'image/png': 'png', 'image/jpeg': 'jpg', 'image/webp': 'webp' }

/** Absent: the one that the token has. Null: none. Else an upload of one's own, which a token takes once. */
export async function logoFor(
  ctx: Context,
  viewer: UserViewer,
  contract: Contract,
  { uploadId, before }: { uploadId: string | null | undefined; before: TokenMetadata | null },
): Promise<Logo | null> {
  if (uploadId === null) return null
  const kept = before?.logoKey ? { key: before.logoKey, versionId: before.logoVersionId, uploadId: null } : null
  if (uploadId === undefined) return kept
  const { storage } = ctx.services
  return storage.turns(async () => {
    const upload = await findOwnUpload(ctx, viewer, uploadId)
    const { sha256, contentType, state } = upload
    const place = tokenObject(contract, { name: 'logo', sha256, extension: extensions[contentType] ?? 'bin' })
    // The same publication, sent again.
    if (state === 'completed' && kept?.key === place.key) return kept
    const bytes = await readUpload(ctx, upload, 'logoUploadId')
    const { versionId } = await putPublicObject(storage, place, { bytes, contentType })
    return { key: place.key, versionId, uploadId }
  })
}
