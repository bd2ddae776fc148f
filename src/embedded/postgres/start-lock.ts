import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { birthOf, isAlive } from './processes.ts'

const waitMs = 180_000

/**
 * One start at a time for a DATA_DIR, whichever process asks. Each contender puts up a file that names it and goes ahead
 * only when it then sees no other living one; two that see each other both withdraw. No file name is ever used twice, so
 * what a killed process left can be removed by anyone without taking a lock away from somebody else.
 */
export async function withStartLock<T>(dataDir: string, work: () => Promise<T>): Promise<T> {
  const directory = join(dataDir, 'postgres.lock')
  mkdirSync(directory, { recursive: true })
  const mine = `${process.pid}.${birthOf(process.pid)}.${randomBytes(6).toString('hex')}`
  const deadline = Date.now() + waitMs
  for (;;) {
    if (livingOthers(directory, mine).length === 0) {
      writeFileSync(join(directory, mine), '', { flag: 'wx' })
      if (livingOthers(directory, mine).length === 0) break
      rmSync(join(directory, mine), { force: true })
    }
    if (Date.now() > deadline) {
      const pids = livingOthers(directory, mine).map((name) => Number.parseInt(name, 10))
      throw new Error(
        `Another process (${pids.join(', ')}) has been starting the PostgreSQL of ${dataDir} for ${waitMs / 60_000} minutes. ` +
          `End it and start again; if it is no gateway, remove ${directory}.`,
      )
    }
    await sleep(20 + Math.random() * 60)
  }
  try {
    return await work()
  } finally {
    rmSync(join(directory, mine), { force: true })
  }
}

function livingOthers(directory: string, mine: string): string[] {
  return readdirSync(directory).filter((name) => {
    if (name === mine) return false
    const [pid, birth] = name.split('.')
    if (isAlive(Number(pid)) && birthOf(Number(pid)) === birth) return true
    rmSync(join(directory, name), { force: true })
    return false
  })
}
