import { randomBytes } from 'node:crypto'
import { link, mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { readIfThere, syncDirectoryOf } from './object-store/durable.ts'

const stored = z.object({
  authSecret: z.string(),
  encryptionKey: z.string(),
  ownerPassword: z.string(),
  gatewayPassword: z.string(),
  objectStore: z.object({ accessKeyId: z.string(), secretAccessKey: z.string() }),
})
export type EmbeddedSecrets = z.infer<typeof stored>

/**
 * Secrets that embedded mode makes for itself, once, and keeps in DATA_DIR for its owner only. They are on the disk before
 * anything is encrypted with them.
 */
export async function embeddedSecrets(dataDir: string): Promise<EmbeddedSecrets> {
  const file = join(dataDir, 'secrets.json')
  const known = await readIfThere(file)
  if (known) return parse(file, known)
  await mkdir(dataDir, { recursive: true })
  await publish(file, {
    authSecret: random(),
    encryptionKey: random(),
    ownerPassword: random(),
    gatewayPassword: random(),
    objectStore: { accessKeyId: `GH${randomBytes(9).toString('hex').toUpperCase()}`, secretAccessKey: random() },
  })
  return parse(file, (await readIfThere(file)) ?? '')
}

/** A link is made of a whole file or not at all: of two processes that start at once, one makes them and both read them. */
async function publish(file: string, secrets: EmbeddedSecrets) {
  const draft = `${file}.${randomBytes(6).toString('hex')}.new`
  try {
    const handle = await open(draft, 'wx', 0o600)
    try {
      await handle.writeFile(JSON.stringify(secrets, null, 2))
      await handle.sync()
    } finally {
      await handle.close()
    }
    await link(draft, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  } finally {
    await rm(draft, { force: true })
  }
  await syncDirectoryOf(file)
}

/** Never made anew where there were some: what they encrypted would be lost. */
function parse(file: string, content: string | Buffer): EmbeddedSecrets {
  try {
    return stored.parse(JSON.parse(content.toString()))
  } catch (error) {
    throw new Error(
      `${file} is damaged, and without it the personal data of this DATA_DIR cannot be read: put it back from a backup.`,
      { cause: error },
    )
  }
}

const random = () => randomBytes(32).toString('base64')
