import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { replaceFile } from './object-store/durable.ts'
import { explained, openDataDir } from './postgres/place.ts'
import { birthOf, isAlive } from './postgres/processes.ts'
import { withStartLock } from './postgres/start-lock.ts'

const stored = z.object({ pid: z.number(), birth: z.string(), work: z.enum(['gateway', 'command']) })
type Occupant = z.infer<typeof stored>

const commandMs = 60_000

/** Who is at work on a DATA_DIR: its database is not to be stopped by somebody else. */
const gatewayFile = (dataDir: string) => join(dataDir, 'gateway.json')

/**
 * Takes a DATA_DIR for this process before anything is started on it, or tells which gateway has it. A command that has it
 * is waited for.
 */
export async function occupy(
  dataDir: string,
  work: Occupant['work'],
): Promise<{ release(): Promise<void> } | { gateway: Occupant }> {
  const deadline = Date.now() + commandMs
  for (;;) {
    const occupant = (await findOccupant(dataDir)) ?? (await tryToOccupy(dataDir, work))
    if (!occupant) return { release: () => rm(gatewayFile(dataDir), { force: true }) }
    if (occupant.work === 'gateway') return { gateway: occupant }
    if (Date.now() > deadline) {
      throw new Error(`A command with the process id ${occupant.pid} is at work on ${dataDir}: try again after it.`)
    }
    await sleep(50)
  }
}

async function tryToOccupy(dataDir: string, work: Occupant['work']): Promise<Occupant | null> {
  try {
    const directory = openDataDir(dataDir)
    return await withStartLock(directory, async () => {
      const occupant = await findOccupant(directory)
      if (occupant) return occupant
      const own: Occupant = { pid: process.pid, birth: birthOf(process.pid), work }
      await replaceFile(gatewayFile(directory), JSON.stringify(own))
      return null
    })
  } catch (error) {
    throw explained(dataDir, error)
  }
}

/** What cannot be read was left by a crash, and a process of another birth only got the number. */
async function findOccupant(dataDir: string): Promise<Occupant | null> {
  try {
    const { pid, birth, work } = stored.parse(JSON.parse(await readFile(gatewayFile(dataDir), 'utf8')))
    return isAlive(pid) && birthOf(pid) === birth ? { pid, birth, work } : null
  } catch {
    return null
  }
}
