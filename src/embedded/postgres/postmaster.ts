import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { isAlive, isServerOf } from './processes.ts'

type Postmaster = { pid: number; port: number; status: string }

const settleMs = 120_000
const answerMs = 15_000

export function superuserUrl(port: number, password: string): string {
  return `postgres://postgres:${password}@127.0.0.1:${port}/postgres`
}

/** What `postmaster.pid` says, whether or not it is still true. */
export function readPostmaster(data: string): Postmaster | null {
  try {
    const lines = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')
    return { pid: Number(lines[0]), port: Number(lines[3]), status: lines[7]?.trim() ?? '' }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** The server of this data directory, if there is one that lives. */
export function livingPostmaster(data: string): Postmaster | null {
  const found = readPostmaster(data)
  return found && found.pid > 0 && isAlive(found.pid) && isServerOf(found.pid, data) ? found : null
}

/** The data directory of the server at this port, asked with our password. */
export async function askDataDirectory(port: number, password: string): Promise<string> {
  const client = new pg.Client({ connectionString: superuserUrl(port, password), connectionTimeoutMillis: 5_000 })
  // Its server may go at any moment; the query tells.
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query<{ data_directory: string }>('show data_directory')
    return rows[0]?.data_directory ?? ''
  } finally {
    await client.end().catch(() => {})
  }
}

/**
 * The server that an earlier process left running, once it is ready and has shown that it is ours; null once there is none.
 * One that is starting, recovering or stopping is waited for. One that lives and is not ours to use is an error: a second
 * server on the same data would destroy them.
 */
export async function takeOver(data: string, password: string): Promise<Postmaster | null> {
  const settleDeadline = Date.now() + settleMs
  let answerDeadline: number | null = null
  for (;;) {
    const found = livingPostmaster(data)
    if (!found) return null
    const advice = `Stop it (kill -INT ${found.pid}) and start again.`
    if (found.status === 'ready') {
      answerDeadline ??= Date.now() + answerMs
      const answer = await askDataDirectory(found.port, password).catch((error: pg.DatabaseError) => error)
      if (answer === data) return found
      if (typeof answer === 'string') {
        throw new Error(
          `${data} says that its server listens on port ${found.port}, but there is that of ${answer}. ${advice}`,
        )
      }
      if (answer.code === '28P01')
        throw new Error(`The PostgreSQL that runs on ${data} does not accept the password of this DATA_DIR. ${advice}`)
      if (Date.now() > answerDeadline)
        throw new Error(`The PostgreSQL that runs on ${data} does not answer: ${answer.message}. ${advice}`)
    } else if (Date.now() > settleDeadline) {
      throw new Error(
        `The PostgreSQL that runs on ${data} has been "${found.status}" for two minutes and goes on by itself. See its log, and start again once it is done.`,
      )
    }
    await sleep(20)
  }
}

/**
 * Removes the lock file of a server that is gone. PostgreSQL does so itself, but not for a zombie or a process that got the
 * number; that no child of the dead server is still at work it sees by their shared memory, file or not.
 */
export function removePidFile(data: string): void {
  rmSync(join(data, 'postmaster.pid'), { force: true })
}
