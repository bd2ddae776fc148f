import { cpus, totalmem } from 'node:os'
import { findCommand } from '../test/services/process.ts'

export const coreCount = cpus().length
const taskset = coreCount > 1 ? findCommand('taskset') : null

/** The measured server has the first core to itself; databases, writer and client share the others. */
export const cores = taskset ? { server: '0', others: coreCount === 2 ? '1' : `1-${coreCount - 1}` } : null
export type Place = 'server' | 'others' | 'anywhere'

/** A command line on its cores. */
export const placed = (place: Place, command: string, args: string[]): [string, string[]] =>
  taskset && cores && place !== 'anywhere' ? [taskset, ['-c', cores[place], command, ...args]] : [command, args]

export const moved = (pid: number, place: 'server' | 'others'): [string, string[]] | null =>
  taskset && cores ? [taskset, ['-a', '-c', '-p', cores[place], String(pid)]] : null

export function machineFacts(): [string, string][] {
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`
  return [
    [
      'machine',
      `${coreCount} × ${cpus()[0]?.model.trim() ?? 'unknown'}, ${memory}, ${process.platform} ${process.arch}`,
    ],
    ['cores', cores ? `server on ${cores.server}, everything else on ${cores.others}` : 'not assigned: no taskset'],
    ['Node', process.version],
  ]
}
