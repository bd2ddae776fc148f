import { createHash, randomBytes } from 'node:crypto'
import { basename, dirname, join } from 'node:path'
import { readIfThere, replaceFile } from './durable.ts'

/**
 * The key that all bytes are encrypted under. It lies beside the directory, not in it, so that a copy of the objects
 * alone tells nothing; the directory keeps its fingerprint, so that a wrong or lost key stops the start.
 */
export async function openMasterKey(directory: string) {
  const keyPath = join(dirname(directory), `${basename(directory)}.key`)
  const fingerprintPath = join(directory, 'key-fingerprint')
  const [stored, fingerprint] = await Promise.all([readIfThere(keyPath), readIfThere(fingerprintPath)])
  if (stored === undefined && fingerprint !== undefined) {
    throw new Error(`${keyPath} is missing; without it the objects in ${directory} cannot be read`)
  }
  const key = stored === undefined ? randomBytes(32) : Buffer.from(stored.toString(), 'base64')
  if (key.length !== 32 || (fingerprint !== undefined && fingerprint.toString() !== fingerprintOf(key))) {
    throw new Error(`${keyPath} is not the key of the objects in ${directory}`)
  }
  if (stored === undefined) await replaceFile(keyPath, key.toString('base64'))
  if (fingerprint === undefined) await replaceFile(fingerprintPath, fingerprintOf(key))
  return key
}

function fingerprintOf(key: Buffer) {
  return createHash('sha256').update('gatehouse object store').update(key).digest('hex')
}
