import { readFileSync } from 'node:fs'
import { sum } from './statistics.ts'

/** What processes have used, as Linux counts it: in hundredths of a second, which is enough over seconds. */
const ticksPerSecond = 100

const read = (path: string) => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return '' // It has ended.
  }
}

/** A process and those that it started. */
export function familyOf(pid: number): number[] {
  const children = read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number)
  return [pid, ...children.flatMap(familyOf)]
}

/** Of a process and of those that it started, also of those that have ended since. */
export function cpuMillisOf(pid: number): number {
  const ticks = familyOf(pid).map((member) => {
    const text = read(`/proc/${member}/stat`)
    // After the name, which may hold anything, the third field comes first. Its own time, and that of its ended children.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return text ? sum(fields.slice(11, 15).map(Number)) : 0
  })
  return (sum(ticks) / ticksPerSecond) * 1000
}

/** Of a process and of those that it started. */
export function residentBytesOf(pid: number): number {
  const kilobytes = familyOf(pid).map((member) =>
    Number(/VmRSS:\s+(\d+)/.exec(read(`/proc/${member}/status`))?.[1] ?? 0),
  )
  return sum(kilobytes) * 1024
}
