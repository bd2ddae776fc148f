import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

const stored = z.object({
  authSecret: z.string(),
  encryptionKey: z.string(),
  ownerPassword: z.string(),
  gatewayPassword: z.string(),
  objectStore: z.object({ accessKeyId: z.string(), secretAccessKey: z.string() }),
})
export type EmbeddedSecrets = z.infer<typeof stored>

/** Secrets that embedded mode makes for itself, once, and keeps in DATA_DIR for its owner only. */
export async function embeddedSecrets(dataDir: string): Promise<EmbeddedSecrets> {
  await mkdir(dataDir, { recursive: true })
  const file = join(dataDir, 'secrets.json')
  const fresh: EmbeddedSecrets = {
    authSecret: random(),
    encryptionKey: random(),
    ownerPassword: random(),
    gatewayPassword: random(),
    objectStore: { accessKeyId: `GH${randomBytes(9).toString('hex').toUpperCase()}`, secretAccessKey: random() },
  }
  try {
    // `wx`: of two processes that start at once, one makes them and both read them.
    await writeFile(file, JSON.stringify(fresh, null, 2), { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return stored.parse(JSON.parse(await readFile(file, 'utf8')))
}

const random = () => randomBytes(32).toString('base64')
