/** Documents of applications are versioned; `token-metadata` is public; `user-uploads` is what clients write, for a while. */
export const buckets = ['kyc-documents', 'token-metadata', 'user-uploads'] as const
export type Bucket = (typeof buckets)[number]

/** What the store knows a bucket as. On AWS all customers share one space of names: the prefix makes ours our own. */
export const bucketName = ({ bucketPrefix }: { bucketPrefix: string }, bucket: Bucket) => `${bucketPrefix}${bucket}`

/** Where an object is. Only this file makes keys: ids alone, never a name that somebody chose. */
export type ObjectPlace = { bucket: Bucket; key: string }

export const temporaryUpload = (upload: { userId: string; id: string }): ObjectPlace => ({
  bucket: 'user-uploads',
  key: `${upload.userId}/temp/${upload.id}`,
})

/** The upload that a key of `user-uploads` was made for, or null when the key is not one of ours. */
export const uploadIdOf = (key: string): string | null => /^[^/]+\/temp\/([^/]+)$/.exec(key)?.[1] ?? null

export const kycDocument = (document: {
  applicationId: string
  documentType: string
  documentId: string
}): ObjectPlace => ({
  bucket: 'kyc-documents',
  key: `${document.applicationId}/${document.documentType}/${document.documentId}`,
})

/** The document that a key of `kyc-documents` was made for, or null when the key is not one of ours. */
export const documentIdOf = (key: string): string | null => /^[^/]+\/[^/]+\/([^/]+)$/.exec(key)?.[1] ?? null

/** What is published of a token. Its name has the digest of its bytes in it, so that other bytes are another object. */
export const tokenObject = (
  token: { chainId: number; address: string },
  object: { name: 'logo' | 'metadata'; sha256: string; extension: string },
): ObjectPlace => ({
  bucket: 'token-metadata',
  key: `${token.chainId}/${token.address}/${object.name}-${object.sha256}.${object.extension}`,
})

/** The token that a key of `token-metadata` was made for, or null when it is not of one. */
export function tokenOf(key: string): { chainId: number; address: string } | null {
  const [, chainId, address] = /^([1-9]\d{0,15})\/(0x[0-9a-f]{40})\/[^/]+$/.exec(key) ?? []
  return chainId && address ? { chainId: Number(chainId), address } : null
}

export const digestIn = (tokenKey: string): string | null => /-([0-9a-f]{64})\.\w+$/.exec(tokenKey)?.[1] ?? null

/** In the public bucket: the key names nobody, and nobody guesses it. */
export const avatar = (uploadId: string): ObjectPlace => ({ bucket: 'token-metadata', key: `avatars/${uploadId}` })

/** The upload whose picture a key or an address of ours names, whatever the store was reached by when it was written. */
export const avatarUploadOf = (name: string): string | null =>
  /(?:^|\/)avatars\/(upload_[0-9a-z]{26})$/.exec(name)?.[1] ?? null
