import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export const passwordFile = (dataDir: string) => join(dataDir, 'postgres.password')

/** The superuser's password of this DATA_DIR, null before the first start. */
export function readPassword(dataDir: string): string | null {
  try {
    return readFileSync(passwordFile(dataDir), 'utf8').trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** Made once, and on the disk before there are data that only it opens. */
export function ensurePassword(dataDir: string): string {
  const known = readPassword(dataDir)
  if (known) return known
  const password = randomBytes(24).toString('base64url')
  const file = passwordFile(dataDir)
  writeFileSync(`${file}.new`, `${password}\n`, { mode: 0o600, flush: true })
  renameSync(`${file}.new`, file)
  syncDirectory(dirname(file))
  return password
}

/** Makes what was created or renamed in a directory last through a power cut. */
export function syncDirectory(directory: string): void {
  if (process.platform === 'win32') return
  const descriptor = openSync(directory, 'r')
  fsyncSync(descriptor)
  closeSync(descriptor)
}
