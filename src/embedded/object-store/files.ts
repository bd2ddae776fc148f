import { randomBytes } from 'node:crypto'
import { mkdir, open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { syncDirectoryOf } from './durable.ts'
import { fileKey, seal, unseal } from './seal.ts'

/**
 * The bytes of objects, encrypted, in files with random names: nothing that a client sends becomes part of a path.
 * A file counts only once the journal names it, which happens after it is whole and durable.
 */
export async function openFiles(directory: string, masterKey: Buffer) {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const pathOf = (bytesId: string) => join(directory, bytesId)

  return {
    async write(source: AsyncIterable<Buffer>) {
      const bytesId = randomBytes(16).toString('hex')
      const file = await open(pathOf(bytesId), 'wx', 0o600)
      try {
        await file.writeFile(seal(fileKey(masterKey, bytesId), source))
        await file.sync()
        await syncDirectoryOf(pathOf(bytesId))
      } catch (error) {
        await rm(pathOf(bytesId), { force: true })
        throw error
      } finally {
        await file.close()
      }
      return bytesId
    },

    /** The bytes from start to before end. The file is open when this returns: a deletion comes too late for it. */
    async read(bytesId: string, size: number, start = 0, end = size) {
      const file = await open(pathOf(bytesId), 'r')
      const readAt = async (position: number, length: number) => {
        const buffer = Buffer.alloc(length)
        const { bytesRead } = await file.read(buffer, 0, length, position)
        if (bytesRead !== length) throw new Error(`The bytes ${bytesId} are cut short`)
        return buffer
      }
      const bytes = Readable.from(unseal(fileKey(masterKey, bytesId), readAt, size, start, end), { objectMode: false })
      return bytes.once('close', () => void file.close())
    },

    remove: (bytesId: string) => rm(pathOf(bytesId), { force: true }),

    /** Removes what a crash left behind: bytes that no version names. */
    async removeAllBut(bytesIds: ReadonlySet<string>) {
      for (const name of await readdir(directory)) {
        if (/^[0-9a-f]{32}$/.test(name) && !bytesIds.has(name)) await rm(pathOf(name))
      }
    },
  }
}
