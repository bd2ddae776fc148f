import { readFileSync, realpathSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Account, accountFor, canEnter, closedDirectory } from './account.ts'
import { binariesFor } from './binaries.ts'
import { initializeData } from './initialize.ts'
import { ensurePassword, passwordFile, readPassword } from './password.ts'
import { explained, locateData, openDataDir, type Place } from './place.ts'
import { askDataDirectory, livingPostmaster, removePidFile, superuserUrl, takeOver } from './postmaster.ts'
import { startServer, stopServer } from './server.ts'
import { withStartLock } from './start-lock.ts'

export type EmbeddedPostgres = {
  /** superuser URL of database `postgres` on 127.0.0.1 */
  superuserUrl: string
  /** true when a server left running by an earlier process was taken over */
  adopted: boolean
  pid: number
  port: number
  /** Where the data is when it is not where it was asked to be (a place the postgres user cannot reach), else null: the start says so. */
  movedTo: string | null
  /** Fast shutdown (pg_ctl stop -m fast semantics); resolves when the server is gone. Idempotent. */
  stop(): Promise<void>
}

type EmbeddedPostgresOptions = {
  dataDir: string
  /** more settings for `postgres -c name=value`; of no effect on a server that is taken over */
  settings?: Record<string, string>
  log?: (message: string) => void
}

/**
 * The PostgreSQL of a DATA_DIR: the one that runs on it, or a new one. There is never a second server on the same data, and what
 * was committed outlives the death of this process and of the server.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { settings = {}, log = () => {} } = options
  try {
    const dataDir = openDataDir(options.dataDir)
    return await withStartLock(dataDir, () => start(dataDir, settings, log))
  } catch (error) {
    throw explained(options.dataDir, error)
  }
}

async function start(
  dataDir: string,
  settings: Record<string, string>,
  log: (message: string) => void,
): Promise<EmbeddedPostgres> {
  const found = locateData(dataDir)
  const account = accountFor(found.data, found.owner)
  const password = found.owner ? passwordOf(dataDir, found) : ensurePassword(dataDir)
  const left = found.owner && (await takeOver(found.data, password))
  if (left) return handle(found, left, password, true)

  const binaries = await binariesFor(account, log)
  if (found.owner) assertUsable(found, account, binaries.major)
  const durable = settings.fsync !== 'off'
  const place = found.owner ? found : await initializeData({ dataDir, account, binaries, password, durable })
  removePidFile(place.data)
  const logFile = join(dataDir, 'postgres.log')
  const running = await startServer({ postgres: binaries.postgres, data: place.data, account, logFile, settings })
  try {
    await askDataDirectory(running.port, password)
  } catch (error) {
    await stopServer(running.pid, place.data)
    throw new Error(
      `The password in ${passwordFile(dataDir)} does not open the data in ${place.data}: ${(error as Error).message}. Put the right one back.`,
      { cause: error },
    )
  }
  return handle(place, running, password, false)
}

function handle(
  place: Place,
  running: { pid: number; port: number },
  password: string,
  adopted: boolean,
): EmbeddedPostgres {
  const { pid, port } = running
  let stopped: Promise<void> | null = null
  return {
    superuserUrl: superuserUrl(port, password),
    adopted,
    pid,
    port,
    movedTo: place.movedTo,
    stop() {
      stopped ??= stopServer(pid, place.data)
      return stopped
    },
  }
}

/** The password of data that are there: a new one would not open them. */
function passwordOf(dataDir: string, place: Place): string {
  const password = readPassword(dataDir)
  if (password) return password
  throw new Error(
    `The password of the data in ${place.data} is gone. Put ${passwordFile(dataDir)} back, or move the data away to begin with an empty database.`,
  )
}

function assertUsable(place: Place, account: Account, major: string): void {
  const theirs = readFileSync(join(place.data, 'PG_VERSION'), 'utf8').trim()
  if (theirs !== major) {
    throw new Error(
      `The data in ${place.data} were written by PostgreSQL ${theirs}, and this is PostgreSQL ${major}. Start the version of Gatehouse that wrote them, or move them away to begin with an empty database.`,
    )
  }
  if (!canEnter(place.data, account)) {
    throw new Error(
      `PostgreSQL runs as user ${account.uid}, who has to reach its data in ${place.data} and cannot enter ${closedDirectory(place.data, account)}. Let others enter it (chmod o+x), or move the data.`,
    )
  }
}

/** The server of this DATA_DIR if one is running (for commands run beside a running gateway), else null. Never starts or stops anything. */
export async function findEmbeddedPostgres(dataDir: string): Promise<{ superuserUrl: string } | null> {
  try {
    const path = realpathSync(resolve(dataDir))
    const { data, owner } = locateData(path)
    const running = owner && livingPostmaster(data)
    const password = readPassword(path)
    if (running?.status !== 'ready' || !password) return null
    const answer = await askDataDirectory(running.port, password).catch(() => null)
    return answer === data ? { superuserUrl: superuserUrl(running.port, password) } : null
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw explained(dataDir, error)
  }
}
