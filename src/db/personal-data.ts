import { createCipheriv, createDecipheriv, createHmac, createSecretKey, hkdfSync, randomBytes } from 'node:crypto'
import type { Encrypted } from './columns.ts'

export type EncryptionKey = { readonly id: string; readonly key: Buffer }
/** Where a value lives: a ciphertext that is moved elsewhere does not open. */
export type Place = { table: string; column: string; row: string }
export type PersonalData = ReturnType<typeof createPersonalData>

const nonceBytes = 12
const tagBytes = 16

/** The first key encrypts; every key opens. Value: length of key id, key id, nonce, tag, ciphertext. */
export function createPersonalData(keys: readonly EncryptionKey[]) {
  const [current] = keys
  if (!current) throw new Error('at least one encryption key is needed')
  // Of plain bytes Node would make a key for each value.
  const secrets = new Map(keys.map(({ id, key }) => [id, createSecretKey(key)]))
  const currentSecret = secrets.get(current.id)!
  const digestKeys = keys.map(({ key }) => Buffer.from(hkdfSync('sha256', key, '', 'gatehouse blind index', 32)))
  const digest = (key: Buffer, value: string) => createHmac('sha256', key).update(normalise(value)).digest()

  return {
    encrypt(place: Place, plain: string): Encrypted {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', currentSecret, nonce).setAAD(associatedData(place))
      const ciphertext = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
      const id = Buffer.from(current.id)
      return Buffer.concat([Buffer.of(id.length), id, nonce, cipher.getAuthTag(), ciphertext]) as Encrypted
    },
    decrypt(place: Place, value: Encrypted): string {
      const idEnd = 1 + value[0]!
      const id = value.subarray(1, idEnd).toString()
      const secret = secrets.get(id)
      if (!secret) throw new Error(`ENCRYPTION_KEYS lacks the key ${JSON.stringify(id)}`)
      const nonceEnd = idEnd + nonceBytes
      const decipher = createDecipheriv('aes-256-gcm', secret, value.subarray(idEnd, nonceEnd), {
        authTagLength: tagBytes,
      })
      decipher.setAAD(associatedData(place)).setAuthTag(value.subarray(nonceEnd, nonceEnd + tagBytes))
      return Buffer.concat([decipher.update(value.subarray(nonceEnd + tagBytes)), decipher.final()]).toString('utf8')
    },
    /** A blind index: equal values have equal digests, whoever lacks the key learns nothing. */
    digest: (value: string) => digest(digestKeys[0]!, value),
    /** The digests that rows written under any of the keys may carry. */
    digests: (value: string) => digestKeys.map((key) => digest(key, value)),
  }
}

const associatedData = ({ table, column, row }: Place) => Buffer.from(JSON.stringify([table, column, row]))
const normalise = (value: string) => value.toUpperCase().replace(/[^\p{L}\p{N}]/gu, '')
