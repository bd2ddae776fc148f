import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { isAlive } from './postgres/processes.ts'

const stored = z.object({ pid: z.number() })

/** Which gateway is at work on a DATA_DIR: its database is not to be stopped by somebody else. */
export const gatewayFile = (dataDir: string) => join(dataDir, 'gateway.json')

export const announceGateway = (dataDir: string) =>
  writeFile(gatewayFile(dataDir), JSON.stringify({ pid: process.pid } satisfies z.infer<typeof stored>))

export async function findGateway(dataDir: string) {
  const text = await readFile(gatewayFile(dataDir), 'utf8').catch(() => null)
  const found = text ? stored.safeParse(JSON.parse(text)) : null
  return found?.success && found.data.pid !== process.pid && isAlive(found.data.pid) ? found.data : null
}
