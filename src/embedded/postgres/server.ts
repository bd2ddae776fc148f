import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, constants, fchownSync, fstatSync, openSync, readFileSync, renameSync, statSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Account, environment } from './account.ts'
import { packagedBinaries } from './binaries.ts'
import { readPostmaster } from './postmaster.ts'
import { isAlive, isServerOf } from './processes.ts'

const readyMs = 120_000
const orphansMs = 15_000
const stopMs = 60_000
const maxLogBytes = 10 * 1024 * 1024

/**
 * The log tells of the server's life, not of statements that failed: the gateway sees those, they may quote personal data, and
 * at the rate of the clients they would fill the disk.
 */
const defaults = {
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_checkpoints: 'off',
}

type ServerOptions = {
  postgres: string
  data: string
  account: Account
  logFile: string
  settings: Record<string, string>
}

/** Starts the server in a session of its own, so that neither our death nor a terminal's Ctrl-C reaches it. */
export async function startServer(options: ServerOptions): Promise<{ pid: number; port: number }> {
  const orphansDeadline = Date.now() + orphansMs
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort()
    const started = await tryToStart(options, port)
    if ('pid' in started) return { pid: started.pid, port }
    // Somebody took the port between our look and PostgreSQL's bind.
    if (/could not create any TCP\/IP sockets/.test(started.death) && attempt < 5) continue
    // Children of a server that was killed finish their statement before they see it.
    if (/pre-existing shared memory block/.test(started.death) && Date.now() < orphansDeadline) {
      await sleep(100)
      continue
    }
    throw new Error(
      `PostgreSQL did not start on ${options.data}. The end of its log ${options.logFile}:\n${started.death}`,
    )
  }
}

async function tryToStart(options: ServerOptions, port: number): Promise<{ pid: number } | { death: string }> {
  const { postgres, data, account, logFile, settings } = options
  const ours = { listen_addresses: '127.0.0.1', unix_socket_directories: '', port: String(port) }
  const flags = Object.entries({ ...defaults, ...settings, ...ours }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ])
  // The server writes to the file itself: a pipe would break with us and then kill it.
  const log = openLog(logFile, account)
  const logOffset = fstatSync(log).size
  try {
    const child = spawn(postgres, ['-D', data, ...flags], {
      ...account,
      cwd: data,
      env: environment,
      detached: true,
      windowsHide: true,
      stdio: ['ignore', log, log],
    })
    await once(child, 'spawn')
    child.unref()
    const pid = child.pid ?? 0
    const deadline = Date.now() + readyMs
    for (;;) {
      const postmaster = readPostmaster(data)
      if (postmaster?.pid === pid && postmaster.status === 'ready') return { pid }
      if (child.exitCode !== null || child.signalCode !== null) {
        return { death: readFileSync(logFile).subarray(logOffset).subarray(-4_000).toString('utf8').trim() }
      }
      if (Date.now() > deadline) {
        throw new Error(
          `PostgreSQL (process ${pid}) is not ready after two minutes and goes on by itself: see ${logFile}, and start again once it is.`,
        )
      }
      await sleep(10)
    }
  } finally {
    closeSync(log)
  }
}

/** One log before this one is kept. Never through a link: root writes here, in a directory that may be another's. */
function openLog(logFile: string, account: Account): number {
  if ((statSync(logFile, { throwIfNoEntry: false })?.size ?? 0) > maxLogBytes) renameSync(logFile, `${logFile}.1`)
  const log = openSync(
    logFile,
    constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0),
    0o600,
  )
  if (account.uid !== undefined && account.gid !== undefined) fchownSync(log, account.uid, account.gid)
  return log
}

/** Fast shutdown: sessions are ended, what they had open is rolled back, the data are written out. */
export async function stopServer(pid: number, data: string): Promise<void> {
  if (!isAlive(pid) || !isServerOf(pid, data)) return
  if (process.platform === 'win32') {
    const { pg_ctl } = await packagedBinaries()
    execFileSync(pg_ctl, ['stop', '-D', data, '-m', 'fast'], { stdio: 'ignore' })
  } else {
    process.kill(pid, 'SIGINT')
  }
  const deadline = Date.now() + stopMs
  while (isAlive(pid)) {
    if (Date.now() > deadline)
      throw new Error(`PostgreSQL (process ${pid}) is still shutting down after a minute; it goes on by itself.`)
    await sleep(10)
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
