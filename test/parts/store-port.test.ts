import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, it, onTestFinished } from 'vitest'
import { startObjectStore } from '../../src/embedded/object-store/index.ts'
import { startOnPortOfBefore } from '../../src/embedded/store-port.ts'

function newPlace() {
  const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-data-'))
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }))
  const warnings: string[] = []
  const logger = pino({ level: 'warn' }, { write: (line) => void warnings.push(line) })
  const credentials = { accessKeyId: 'tests', secretAccessKey: randomUUID() }
  const start = (port: number) => startObjectStore({ directory: join(dataDir, 'objects'), credentials, port })
  return { dataDir, warnings, restart: () => startOnPortOfBefore({ dataDir, logger, start }) }
}

it('the embedded store is at the same address after a restart', async () => {
  const { restart, warnings } = newPlace()
  const first = await restart()
  await first.close()
  const second = await restart()
  await second.close()
  expect(second.endpoint).toBe(first.endpoint)
  expect(warnings).toEqual([])
})

it('a port that somebody else has by then is left to them, and the next one is kept', async () => {
  const { restart, warnings } = newPlace()
  const first = await restart()
  await first.close()
  const stranger = createServer().listen(first.port, '127.0.0.1')
  onTestFinished(() => void stranger.close())
  await once(stranger, 'listening')
  const second = await restart()
  await second.close()
  expect(second.port).not.toBe(first.port)
  expect(warnings).toEqual([expect.stringContaining(`the port ${first.port}`)])
  const third = await restart()
  await third.close()
  expect(third.port).toBe(second.port)
})

it.each(['', 'none', '0', '70000', '-1'])('a file that says %j keeps nobody from starting', async (text) => {
  const { dataDir, restart } = newPlace()
  writeFileSync(join(dataDir, 'object-store.port'), text)
  const store = await restart()
  await store.close()
  expect(store.port).toBeGreaterThan(0)
})
