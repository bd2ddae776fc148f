import { execFile, spawn } from 'node:child_process'
import { accessSync, closeSync, constants, openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

export interface Identity {
  uid: number
  gid: number
}

interface Command {
  command: string
  args: string[]
  cwd: string
  identity?: Identity | undefined
}

interface ServiceCommand extends Command {
  name: string
  logFile: string
  isReady: (pid: number) => Promise<boolean>
  /** What it gets when the process that started it dies. */
  deathSignal?: 'KILL' | 'QUIT'
}

const startTimeoutMs = 30_000
const stopTimeoutMs = 15_000
const toolTimeoutMs = 30_000

/** Where a command is installed, or null. Daemons live in sbin, which not every PATH names. */
export function findCommand(name: string): string | null {
  const directories = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/usr/bin']
  for (const directory of directories.filter(Boolean)) {
    try {
      const path = join(directory, name)
      accessSync(path, constants.X_OK)
      return path
    } catch {}
  }
  return null
}

/**
 * The command as a child that the kernel signals when the thread that started it ends, however it ends. The shell
 * refuses if that was before the kernel knew. Elsewhere than on Linux it is the command as it stands.
 */
function tiedToParent({ command, args }: Command, signal: string): [string, string[]] {
  const setpriv = process.platform === 'linux' ? findCommand('setpriv') : null
  if (!setpriv) return [command, args]
  const unlessOrphaned = '[ "$PPID" = "$0" ] && exec "$@"'
  return [setpriv, ['--pdeathsig', signal, 'sh', '-c', unlessOrphaned, `${process.pid}`, command, ...args]]
}

/** Runs a tool to its end and returns what it printed; a failure carries what it said on standard error. */
export async function runTool(tool: Command): Promise<string> {
  const [file, args] = tiedToParent(tool, 'KILL')
  const options = { cwd: tool.cwd, ...tool.identity, timeout: toolTimeoutMs, killSignal: 'SIGKILL' } as const
  const { stdout } = await promisify(execFile)(file, args, options)
  return stdout
}

async function endOfLog(logFile: string) {
  const text = await readFile(logFile, 'utf8').catch(() => '')
  return text.trimEnd().split('\n').slice(-25).join('\n')
}

function spawnService(service: ServiceCommand) {
  const [file, args] = tiedToParent(service, service.deathSignal ?? 'KILL')
  const log = openSync(service.logFile, 'a')
  try {
    // Detached: a group of its own, so that Ctrl-C does not reach it before those that use it.
    return spawn(file, args, { cwd: service.cwd, ...service.identity, detached: true, stdio: ['ignore', log, log] })
  } finally {
    closeSync(log)
  }
}

/** Starts a daemon in the foreground and waits until it is ready. It never outlives this process. */
export async function startProcess(service: ServiceCommand) {
  const child = spawnService(service)
  let end: string | null = null
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      end ??= `could not be run: ${error.message}`
      resolve()
    })
    child.once('exit', (code, signal) => {
      end ??= `ended with ${signal ?? `status ${code}`}`
      resolve()
    })
  })

  async function kill() {
    // The whole group; it may be gone already, with the event on its way.
    if (end === null && child.pid) sendSignal(-child.pid, 'SIGKILL')
    await ended
  }

  /** Asks by the signal, and kills what does not follow in time. */
  async function stop(signal: NodeJS.Signals) {
    if (end === null && child.pid) sendSignal(child.pid, signal)
    const giveUp = new AbortController()
    await Promise.race([ended, sleep(stopTimeoutMs, null, { signal: giveUp.signal }).catch(() => {})])
    giveUp.abort()
    await kill()
  }

  const deadline = performance.now() + startTimeoutMs
  while (!(await service.isReady(child.pid ?? 0))) {
    if (end === null && performance.now() < deadline) {
      await sleep(10)
      continue
    }
    const reason = end ?? `was not ready after ${startTimeoutMs / 1000} s`
    await kill()
    throw new Error(`${service.name} ${reason}\n${await endOfLog(service.logFile)}`)
  }
  return { pid: child.pid ?? 0, stop, kill, isRunning: () => end === null }
}

/** Sends a signal to a process, or by a negative id to a group, that may be gone already. */
export function sendSignal(pid: number, signal: NodeJS.Signals) {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
