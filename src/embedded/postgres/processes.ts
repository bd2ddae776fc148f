import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const endMs = 15_000

/** Whether a process lives. A zombie does not, though `kill(pid, 0)` still finds it: in many containers nobody reaps orphans. */
export function isAlive(pid: number): boolean {
  const stat = readStat(pid)
  if (stat) return stat.state !== 'Z' && stat.state !== 'X'
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** What tells a process from a later one with the same number; the same text for all where the system does not say. */
export function birthOf(pid: number): string {
  const stat = readStat(pid)
  if (!stat) return 'unknown'
  return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8)}-${stat.startTicks}`
}

/**
 * Whether a process is the server of this data directory and not another that got its number. Where the system does not
 * say it may be: PostgreSQL's own lock file decides then.
 */
export function isServerOf(pid: number, data: string): boolean {
  if (process.platform === 'win32') return true
  try {
    if (process.platform !== 'linux') {
      return ` ${execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).trim()} `.includes(
        ` ${data} `,
      )
    }
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(data) || workingDirectoryOf(pid) === data
  } catch {
    return false
  }
}

/** Follows a directory that was renamed under its server; needs a right that root lacks in many containers. */
function workingDirectoryOf(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return null
  }
}

/**
 * Ends the initdb that makes the data of a directory, and the servers that it runs: they are in its group, and do not name
 * the directory themselves. Linux only.
 */
export async function endInitdb(data: string): Promise<void> {
  const deadline = Date.now() + endMs
  const groups = new Set<number>()
  for (;;) {
    const living = listProcesses()
    for (const { pid, group } of living) if (pid === group && isInitdbOf(pid, data)) groups.add(group)
    const left = living.filter(({ pid, group }) => groups.has(group) || isInitdbOf(pid, data))
    if (left.length === 0) return
    if (Date.now() > deadline) {
      throw new Error(`Process ${left.map(({ pid }) => pid).join(', ')} is at work in ${data} and does not end.`)
    }
    for (const { pid } of left) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
      }
    }
    await sleep(10)
  }
}

function listProcesses(): { pid: number; group: number }[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc').flatMap((name) => {
    const stat = /^\d+$/.test(name) ? readStat(Number(name)) : null
    return stat && stat.state !== 'Z' && stat.state !== 'X' ? { pid: Number(name), group: stat.group } : []
  })
}

function isInitdbOf(pid: number, data: string): boolean {
  try {
    const [program = '', ...words] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    if (basename(program) === 'initdb') return words.includes(`--pgdata=${data}`)
    // Its servers, where it died before them.
    return basename(program) === 'postgres' && workingDirectoryOf(pid) === data
  } catch {
    return false
  }
}

function readStat(pid: number): { state: string; group: number; startTicks: string } | null {
  if (process.platform !== 'linux') return null
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name in parentheses may hold anything, so the fields are counted from its end: see proc_pid_stat(5).
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return { state: fields[0] ?? '', group: Number(fields[2]), startTicks: fields[19] ?? '' }
  } catch {
    return null
  }
}
