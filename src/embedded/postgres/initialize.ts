import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type Account, canWrite, environment } from './account.ts'
import type { Binaries } from './binaries.ts'
import { syncDirectory } from './password.ts'
import { openMovedParent, type Place } from './place.ts'
import { endInitdb } from './processes.ts'

const stagingPrefix = 'postgres.initializing-'

type Options = { account: Account; binaries: Binaries; password: string; durable: boolean }

/**
 * Makes the data of a DATA_DIR that has none. initdb works in a directory beside the place and the result is renamed, so that
 * data which are there are whole. They go elsewhere only where the account cannot have them in DATA_DIR.
 */
export async function initializeData({ dataDir, ...options }: Options & { dataDir: string }): Promise<Place> {
  const { account } = options
  const asked = join(dataDir, 'postgres')
  let parent = dataDir
  let staging = await openStaging(parent, account)
  if (!staging) {
    parent = openMovedParent(dataDir)
    staging = await openStaging(parent, account)
    if (!staging)
      throw new Error(
        `PostgreSQL runs as user ${account.uid}, who can write neither in ${dataDir} nor in ${parent}. Start as an ordinary user, or set DATABASE_URL.`,
      )
  }
  try {
    await runInitdb(staging, options)
    const data = join(parent, 'postgres')
    renameSync(join(staging, 'data'), data)
    syncDirectory(parent)
    if (data !== asked) linkTo(data, asked)
    return { data, movedTo: data === asked ? null : data, owner: null }
  } finally {
    rmSync(staging, { recursive: true, force: true })
  }
}

/** A directory with an empty `data` that the account owns and was seen to write in; null where it could not. */
async function openStaging(parent: string, account: Account): Promise<string | null> {
  await removeLeftovers(parent)
  const staging = mkdtempSync(join(parent, stagingPrefix))
  const data = join(staging, 'data')
  try {
    mkdirSync(data, { mode: 0o700 })
    if (account.uid !== undefined && account.gid !== undefined) {
      chmodSync(staging, 0o711)
      chownSync(data, account.uid, account.gid)
    }
    if (canWrite(data, account)) return staging
  } catch (error) {
    // A shared folder or a network file system that does not let root give files away.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error
  }
  rmSync(staging, { recursive: true, force: true })
  return null
}

/** Of starts that were killed. Their initdb may live on and would go on writing, so it is ended first. */
async function removeLeftovers(parent: string): Promise<void> {
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(stagingPrefix)) continue
    const staging = join(parent, name)
    await endInitdb(join(staging, 'data'))
    try {
      rmSync(staging, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
    } catch {
      // Where processes cannot be listed it may still be written; it takes space and nothing else, and the next start tries again.
    }
  }
}

async function runInitdb(staging: string, { account, binaries, password, durable }: Options): Promise<void> {
  const data = join(staging, 'data')
  const passwordCopy = join(staging, 'password')
  writeFileSync(passwordCopy, password, { mode: 0o600 })
  if (account.uid !== undefined && account.gid !== undefined) chownSync(passwordCopy, account.uid, account.gid)
  const flags = [
    `--pgdata=${data}`,
    '--username=postgres',
    `--pwfile=${passwordCopy}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // The C library's locale is plain C, which every system has; texts sort and fold by PostgreSQL's own C.UTF-8.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
    ...(durable ? [] : ['--no-sync']),
  ]
  // A group of its own, by which the next start finds all that it runs; a terminal's Ctrl-C is for us, who wait for it.
  const initdb = spawn(binaries.initdb, flags, {
    ...account,
    cwd: data,
    env: environment,
    detached: true,
    windowsHide: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const failed = (reason: string) => new Error(`PostgreSQL's data could not be initialised in ${staging}: ${reason}`)
  const [complaint, [code, signal]] = await Promise.all([text(initdb.stderr), once(initdb, 'close')]).catch((error) => {
    throw Object.assign(failed((error as Error).message), { cause: error })
  })
  if (code !== 0) throw failed(complaint.trim() || `initdb ended with ${signal ?? code}`)
}

/** Tells where the data went, to people and to the next start. An empty directory in its place is not worth keeping. */
function linkTo(data: string, asked: string): void {
  if (existsSync(asked)) rmdirSync(asked)
  symlinkSync(data, asked)
}
