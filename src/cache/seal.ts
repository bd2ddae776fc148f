import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, randomBytes } from 'node:crypto'

export type Seal = ReturnType<typeof createSeal>

/** What goes into Redis is sealed: AES-256-GCM under a key derived from AUTH_SECRET, the key or channel name as associated data. */
export function createSeal(secret: string) {
  // Of plain bytes Node would make a key each time that one is used.
  const key = createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', 'gatehouse redis', 32)))

  function sealBytes(name: string, plain: Buffer): Buffer {
    const nonce = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(name))
    return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
  }

  /** Null for whatever was not sealed by us under this name. */
  function openBytes(name: string, sealed: Buffer): Buffer | null {
    if (sealed.length < 28) return null
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12), { authTagLength: 16 }).setAAD(
        Buffer.from(name),
      )
      decipher.setAuthTag(sealed.subarray(-16))
      return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()])
    } catch {
      return null
    }
  }

  return {
    sealBytes,
    openBytes,
    seal: (name: string, plain: string) => sealBytes(name, Buffer.from(plain)).toString('base64'),
    open: (name: string, sealed: string) => openBytes(name, Buffer.from(sealed, 'base64'))?.toString('utf8') ?? null,
  }
}
