import { createHash } from 'node:crypto'
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, realpathSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { isRoot, type Owner } from './account.ts'

/** What root's servers keep outside of DATA_DIR, because the postgres user cannot reach it there. */
const stateDirectory = '/var/lib/gatehouse'

/** The data of a DATA_DIR: in its `postgres`, or where that links to. `owner` is null as long as there are none. */
export type Place = { data: string; movedTo: string | null; owner: Owner | null }

/** Makes DATA_DIR if need be and gives its real path, which is what the server's own answers are compared with. */
export function openDataDir(dataDir: string): string {
  const path = resolve(dataDir)
  const made = mkdirSync(path, { recursive: true, mode: isRoot() ? 0o711 : 0o700 })
  // The umask may have taken away what the postgres user needs; this directory is ours, its parents are not.
  if (made && isRoot()) chmodSync(path, 0o711)
  return realpathSync(path)
}

/** Where the data are or would be; changes nothing. */
export function locateData(dataDir: string): Place {
  const asked = join(dataDir, 'postgres')
  const entry = lstatSync(asked, { throwIfNoEntry: false })
  if (!entry) return { data: asked, movedTo: null, owner: null }
  const data = entry.isSymbolicLink() ? resolve(dataDir, readlinkSync(asked)) : asked
  const directory = statSync(data, { throwIfNoEntry: false })
  if (!directory) {
    throw new Error(
      `The PostgreSQL data of ${dataDir} were kept in ${data}, which is gone. Put it back, or remove ${asked} to begin with an empty database.`,
    )
  }
  const movedTo = data === asked ? null : data
  const owner = { uid: directory.uid, gid: directory.gid }
  try {
    if (lstatSync(join(data, 'PG_VERSION'), { throwIfNoEntry: false })) return { data, movedTo, owner }
    if (!movedTo && readdirSync(data).length === 0) return { data, movedTo, owner: null }
  } catch (error) {
    // Another user's: that is for the one who wants to use them to say.
    if ((error as NodeJS.ErrnoException).code === 'EACCES') return { data, movedTo, owner }
    throw error
  }
  throw new Error(`${data} is not a PostgreSQL data directory. Move it away, or choose another DATA_DIR.`)
}

/**
 * The directory outside of DATA_DIR for new data of it. One that holds data already was left by a DATA_DIR that was removed or
 * moved since, and may still be linked from there: it is not touched.
 */
export function openMovedParent(dataDir: string): string {
  const hash = createHash('sha256').update(dataDir).digest('hex').slice(0, 16)
  for (let number = 1; ; number += 1) {
    const parent = join(stateDirectory, number === 1 ? hash : `${hash}-${number}`)
    if (!existsSync(join(parent, 'postgres'))) return openStateDirectory(parent, 0o711)
  }
}

/** Where a copy of the binaries is kept, whether or not there is one yet. */
export function openBinariesParent(): string {
  return openStateDirectory(join(stateDirectory, 'binaries'), 0o755)
}

function openStateDirectory(path: string, mode: number): string {
  try {
    for (const [directory, bits] of [
      [stateDirectory, 0o755],
      [path, mode],
    ] as const) {
      mkdirSync(directory, { recursive: true })
      chmodSync(directory, bits)
    }
    return path
  } catch (error) {
    throw new Error(
      `The postgres user cannot reach this checkout or DATA_DIR, and ${path} cannot be made for it (${(error as NodeJS.ErrnoException).code}). Choose a place that others may enter, start as an ordinary user, or set DATABASE_URL.`,
      { cause: error },
    )
  }
}

/** What the file system refused, said in a sentence; other errors as they are. */
export function explained(dataDir: string, error: unknown): unknown {
  const { syscall, message } = error as NodeJS.ErrnoException
  if (!syscall) return error
  const who = process.getuid ? `user ${process.getuid()}` : 'this user'
  return new Error(
    `DATA_DIR ${dataDir} cannot be used by ${who} (${message}). Choose another DATA_DIR, or run this as the user that it belongs to.`,
    {
      cause: error,
    },
  )
}
