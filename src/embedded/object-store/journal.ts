import { type FileHandle, open } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { readIfThere, replaceFile, syncDirectoryOf } from './durable.ts'
import type { Change } from './state.ts'

/**
 * Every change of the store, one line for what belongs together: a line is wholly there or it never was. A line
 * that a crash tore off at the end was never acknowledged and is dropped; damage before the end stops the start.
 */
export async function openJournal(path: string) {
  const { batches, length: validBytes } = await readJournal(path)
  let file = await openForAppending(path, validBytes)
  let length = validBytes
  let broken: unknown

  return {
    batches,

    /** Returns when the changes are on the disk. */
    async append(changes: readonly Change[]) {
      if (broken) throw new Error('The journal can no longer be written', { cause: broken })
      const line = encode(changes)
      try {
        await file.appendFile(line)
        await file.datasync()
        length += line.length
      } catch (error) {
        // What is half written must not stand before the next line.
        await file.truncate(length).catch(() => {
          broken = error
        })
        throw error
      }
    },

    /** Replaces all that was written with these changes. */
    async rewrite(changes: Iterable<Change>) {
      const lines = Array.from(changes, (change) => encode([change]))
      await file.close()
      await replaceFile(path, Buffer.concat(lines))
      file = await openForAppending(path)
      length = lines.reduce((sum, line) => sum + line.length, 0)
    },

    close: () => file.close(),
  }
}

async function openForAppending(path: string, validBytes?: number): Promise<FileHandle> {
  const file = await open(path, 'a', 0o600)
  if (validBytes !== undefined) await file.truncate(validBytes)
  await file.sync()
  await syncDirectoryOf(path)
  return file
}

function encode(changes: readonly Change[]) {
  const json = JSON.stringify(changes)
  return Buffer.from(`${checksum(json)} ${json}\n`)
}

function checksum(text: string) {
  return crc32(text).toString(16).padStart(8, '0')
}

async function readJournal(path: string) {
  const content = (await readIfThere(path)) ?? Buffer.alloc(0)
  const batches: Change[][] = []
  let length = 0
  let torn: number | undefined
  for (let start = 0, line = 1; start < content.length; line++) {
    const newline = content.indexOf(10, start)
    const end = newline < 0 ? content.length : newline
    const batch = newline < 0 ? undefined : decode(content.toString('utf8', start, end))
    if (batch && torn !== undefined) throw new Error(`${path} is damaged at line ${torn}; restore it from a backup`)
    if (batch) {
      batches.push(batch)
      length = end + 1
    } else torn ??= line
    start = end + 1
  }
  return { batches, length }
}

function decode(line: string): Change[] | undefined {
  const json = line.slice(9)
  return line.slice(0, 9) === `${checksum(json)} ` ? JSON.parse(json) : undefined
}
