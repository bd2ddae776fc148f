import { execFileSync, spawnSync } from 'node:child_process'
import { dirname } from 'node:path'

/** Whom the server runs as: `{}` is ourselves. */
export type Account = { uid?: number; gid?: number }

export type Owner = { uid: number; gid: number }

/** The environment of everything we run here: no secret of the gateway's, none of libpq's variables, English messages. */
export const environment =
  process.platform === 'win32' ? undefined : { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC' }

export const isRoot = () => process.getuid?.() === 0

/** PostgreSQL refuses root, and data that belong to another user. So root runs it as the owner of the data, or as `postgres`. */
export function accountFor(data: string, owner: Owner | null): Account {
  if (isRoot()) {
    if (owner?.uid === 0) {
      throw new Error(
        `PostgreSQL does not run as root, but its data in ${data} belong to root. Give them back with: chown -R postgres: ${data}`,
      )
    }
    return owner ?? postgresUser()
  }
  const uid = process.getuid?.()
  if (owner && uid !== undefined && owner.uid !== uid) {
    throw new Error(
      `The PostgreSQL data in ${data} belong to user ${owner.uid}, and this process runs as user ${uid}. Start it as that user or as root, or choose another DATA_DIR.`,
    )
  }
  return {}
}

function postgresUser(): Account {
  const found = idOf('postgres')
  if (found) return found
  const made = spawnSync(
    'useradd',
    ['--system', '--user-group', '--no-create-home', '--shell', '/bin/false', 'postgres'],
    {
      env: environment,
      encoding: 'utf8',
    },
  )
  // Another start may have made it meanwhile: what counts is that it is there now.
  const created = idOf('postgres')
  if (created) return created
  const reason = made.error ? 'there is no useradd on this machine' : made.stderr.trim()
  throw new Error(
    `PostgreSQL does not run as root and needs a system user "postgres", which could not be made: ${reason}. Make one, start as an ordinary user, or set DATABASE_URL.`,
  )
}

function idOf(name: string): Account | null {
  const id = (flag: string) =>
    Number(execFileSync('id', [flag, name], { env: environment, stdio: ['ignore', 'pipe', 'ignore'] }))
  try {
    return { uid: id('-u'), gid: id('-g') }
  } catch {
    return null
  }
}

/** Whether the account can enter a directory. Tried as that user: modes alone leave out access lists and mount options. */
export function canEnter(directory: string, account: Account): boolean {
  return (
    account.uid === undefined ||
    spawnSync('/bin/sh', ['-c', 'cd -- "$1"', 'sh', directory], { ...account, env: environment }).status === 0
  )
}

/** The topmost directory on the way to a path that the account cannot enter. */
export function closedDirectory(path: string, account: Account): string {
  const parent = dirname(path)
  return parent !== path && !canEnter(parent, account) ? closedDirectory(parent, account) : path
}

/** Whether the account can write in a directory. */
export function canWrite(directory: string, account: Account): boolean {
  if (account.uid === undefined) return true
  const probe = spawnSync('/bin/sh', ['-c', 'cd -- "$1" && : > probe && rm probe', 'sh', directory], {
    ...account,
    env: environment,
  })
  return probe.status === 0
}
