import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { occupy } from '../../src/embedded/gateway-file.ts'
import { birthOf } from '../../src/embedded/postgres/processes.ts'
import { embeddedSecrets } from '../../src/embedded/secrets.ts'

function newDataDir() {
  const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-data-'))
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }))
  return dataDir
}

/** A process that lives as long as the test. */
async function startStranger() {
  const child = spawn('sleep', ['600'])
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child, 'spawn')
  return child.pid!
}

const free = { release: expect.any(Function) }

it('a DATA_DIR has one occupant at a time, however many ask at once', async () => {
  const dataDir = newDataDir()
  const places = await Promise.all(Array.from({ length: 5 }, () => occupy(dataDir, 'gateway')))
  const [taken, ...more] = places.flatMap((place) => ('release' in place ? [place] : []))
  expect(more).toEqual([])
  expect(places.filter((place) => 'gateway' in place)).toHaveLength(4)
  await taken!.release()
  expect(await occupy(dataDir, 'gateway')).toEqual(free)
})

it('a gateway waits for a command, and a command is told of a gateway', async () => {
  const dataDir = newDataDir()
  const command = await occupy(dataDir, 'command')
  const waiting = occupy(dataDir, 'gateway')
  expect(JSON.parse(readFileSync(join(dataDir, 'gateway.json'), 'utf8'))).toMatchObject({ work: 'command' })
  if ('release' in command) await command.release()
  expect(await waiting).toEqual(free)
  expect(await occupy(dataDir, 'command')).toMatchObject({ gateway: { pid: process.pid } })
})

it('a living gateway has its DATA_DIR, and another process that got the number of a dead one has not', async () => {
  const dataDir = newDataDir()
  const pid = await startStranger()
  const write = (birth: string) =>
    writeFileSync(join(dataDir, 'gateway.json'), JSON.stringify({ pid, birth, work: 'gateway' }))
  write(birthOf(pid))
  expect(await occupy(dataDir, 'gateway')).toMatchObject({ gateway: { pid } })
  write('another-birth')
  expect(await occupy(dataDir, 'gateway')).toEqual(free)
})

it.each(['', '{"pid":', '{"pid":1}'])(
  'a gateway.json that a crash left as `%s` keeps nobody from starting',
  async (text) => {
    const dataDir = newDataDir()
    writeFileSync(join(dataDir, 'gateway.json'), text)
    expect(await occupy(dataDir, 'gateway')).toEqual(free)
    expect(readdirSync(dataDir).sort()).toEqual(['gateway.json', 'postgres.lock'])
  },
)

it('whoever asks at once gets the same secrets, whole, and only their owner can read them', async () => {
  for (let round = 0; round < 20; round += 1) {
    const dataDir = newDataDir()
    const [secrets, ...others] = await Promise.all(Array.from({ length: 8 }, () => embeddedSecrets(dataDir)))
    for (const other of others) expect(other).toEqual(secrets)
    expect(await embeddedSecrets(dataDir)).toEqual(secrets)
    expect(readdirSync(dataDir)).toEqual(['secrets.json'])
    expect(statSync(join(dataDir, 'secrets.json')).mode & 0o777).toBe(0o600)
  }
})

it.each(['', '{"authSecret":"a'])(
  'secrets damaged to `%s` are left as they are, and the start says so',
  async (text) => {
    const dataDir = newDataDir()
    const file = join(dataDir, 'secrets.json')
    writeFileSync(file, text)
    await expect(embeddedSecrets(dataDir)).rejects.toThrow(`${file} is damaged`)
    expect(readFileSync(file, 'utf8')).toBe(text)
  },
)
