import { execFileSync } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'

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

function readStat(pid: number): { state: string; startTicks: string } | null {
  if (process.platform !== 'linux') return null
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name in parentheses may hold anything, so the fields are counted from its end: see proc_pid_stat(5).
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return { state: fields[0] ?? '', startTicks: fields[19] ?? '' }
  } catch {
    return null
  }
}
