import { accessSync, constants, readdirSync } from 'node:fs'
import { chown, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createDirectory } from './directory.ts'
import { freePort } from './free-port.ts'
import { findCommand, type Identity, runTool, sendSignal, startProcess } from './process.ts'

const versionsDirectory = '/usr/lib/postgresql'
const password = 'postgres'
const loopbackSettings = { listen_addresses: '127.0.0.1', unix_socket_directories: '', max_connections: '300' }
const lossySettings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }

function hasServer(binDir: string) {
  try {
    for (const name of ['initdb', 'postgres']) accessSync(join(binDir, name), constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The commands of the newest PostgreSQL server that Debian has installed, or null; a client alone does not count. */
export function findPostgres(): string | null {
  try {
    const versions = readdirSync(versionsDirectory).sort((a, b) => Number(b) - Number(a))
    return versions.map((version) => join(versionsDirectory, version, 'bin')).find(hasServer) ?? null
  } catch {
    return null
  }
}

/** PostgreSQL refuses root, so root runs it as the user that comes with the package. */
async function serverIdentity(): Promise<Identity | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const id = async (option: string) => Number(await runTool({ command: 'id', args: [option, 'postgres'], cwd: '/' }))
  return { uid: await id('-u'), gid: await id('-g') }
}

async function initialize(binDir: string, directory: string, dataDir: string, identity: Identity | undefined) {
  const passwordFile = join(directory, 'password')
  await writeFile(passwordFile, password)
  if (identity) {
    for (const path of [directory, passwordFile]) await chown(path, identity.uid, identity.gid)
  }
  const access = ['-U', 'postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256']
  const args = ['-D', dataDir, ...access, '--encoding=UTF8', '--locale=C.UTF-8', '--no-sync']
  await runTool({ command: join(binDir, 'initdb'), args, cwd: directory, identity })
}

async function readLockFile(dataDir: string) {
  const text = await readFile(join(dataDir, 'postmaster.pid'), 'utf8').catch(() => '')
  const lines = text.split('\n').map((line) => line.trim())
  return { pid: Number(lines[0]), sharedMemoryId: lines[6]?.split(/\s+/)[1], status: lines[7] }
}

async function childrenOf(pid: number) {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  return text.split(' ').filter(Boolean).map(Number)
}

async function isAlive(pid: number) {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  // A zombie is dead, too: in a container there may be nobody who reaps what has lost its parent.
  return text !== null && !/\) [ZX] /.test(text)
}

/** As when the machine loses power: the server and every backend at once, and nothing of them left in memory. */
async function crash(server: { pid: number; kill(): Promise<void> }, dataDir: string) {
  // Stopped, it cannot start a backend that would not be on the list.
  sendSignal(server.pid, 'SIGSTOP')
  const backends = await childrenOf(server.pid)
  const { sharedMemoryId } = await readLockFile(dataDir)
  await server.kill()
  for (const backend of backends) sendSignal(backend, 'SIGKILL')
  for (const backend of backends) while (await isAlive(backend)) await sleep(5)
  const ipcrm = findCommand('ipcrm')
  if (ipcrm && sharedMemoryId) await runTool({ command: ipcrm, args: ['-m', sharedMemoryId], cwd: '/' })
}

/**
 * Debian's PostgreSQL with a cluster of its own. It keeps its data over `stop`, `kill` and `restart`, and loses them
 * when this process ends. Unless durable it does not wait for the disk.
 */
export async function startPostgres(options: { settings?: Record<string, string>; durable?: boolean } = {}) {
  const binDir = findPostgres()
  if (!binDir) throw new Error(`No PostgreSQL server is installed under ${versionsDirectory}`)
  const settings = { ...loopbackSettings, ...(options.durable ? {} : lossySettings), ...options.settings }
  const port = await freePort()
  const directory = await createDirectory('postgres')
  const dataDir = join(directory.path, 'data')

  async function launch() {
    const given = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    return startProcess({
      name: 'postgres',
      command: join(binDir ?? '', 'postgres'),
      args: ['-D', dataDir, '-p', `${port}`, ...given],
      cwd: directory.path,
      identity,
      logFile: join(directory.path, 'postgres.log'),
      // An immediate shutdown: unlike SIGKILL it takes the backends and the shared memory along.
      deathSignal: 'QUIT',
      async isReady(pid) {
        const lock = await readLockFile(dataDir)
        return lock.pid === pid && lock.status === 'ready'
      },
    })
  }

  let identity: Identity | undefined
  let server: Awaited<ReturnType<typeof launch>>
  try {
    identity = await serverIdentity()
    await initialize(binDir, directory.path, dataDir, identity)
    server = await launch()
  } catch (error) {
    await directory.remove()
    throw error
  }

  return {
    superuserUrl: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
    port,
    get pid() {
      return server.pid
    },
    dataDir,
    binDir,
    stop: () => server.stop('SIGINT'),
    async kill() {
      if (server.isRunning()) await crash(server, dataDir)
    },
    async restart() {
      if (server.isRunning()) await server.stop('SIGINT')
      server = await launch()
    },
  }
}
