import { randomBytes } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { examine } from '../../src/doctor/check.ts'
import { checksOf } from '../../src/doctor/index.ts'
import { openParts } from '../../src/embedded/command.ts'
import { createLogger } from '../../src/logger.ts'
import { connectForTest } from '../harness/log.ts'
import { createDirectory } from '../services/directory.ts'
import { freePort } from '../services/free-port.ts'
import { startPostgres } from '../services/postgres.ts'
import { runTool, startProcess } from '../services/process.ts'

let primary: Awaited<ReturnType<typeof startPostgres>>
let directory: Awaited<ReturnType<typeof createDirectory>>
let standby: Awaited<ReturnType<typeof startProcess>>
let standbyUrl: string

beforeAll(async () => {
  ;[primary, directory] = await Promise.all([startPostgres(), createDirectory('standby')])
  const port = await freePort()
  const url = new URL(primary.superuserUrl)
  url.port = `${port}`
  standbyUrl = url.href
  const identity = await ownerOfData()
  const data = join(directory.path, 'data')
  await runTool({ command: 'chown', args: [`${identity.uid}:${identity.gid}`, directory.path], cwd: '/' })
  const copy = [
    '-d',
    primary.superuserUrl,
    '-D',
    data,
    '--checkpoint=fast',
    '--wal-method=stream',
    '--write-recovery-conf',
  ]
  await runTool({ command: join(primary.binDir, 'pg_basebackup'), args: copy, cwd: directory.path, identity })
  const given = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '300',
    fsync: 'off',
  }
  standby = await startProcess({
    name: 'postgres',
    command: join(primary.binDir, 'postgres'),
    args: ['-D', data, ...Object.entries(given).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    cwd: directory.path,
    identity,
    logFile: join(directory.path, 'postgres.log'),
    deathSignal: 'QUIT',
    isReady: () => answers(standbyUrl),
  })
})
afterAll(async () => {
  await standby.stop('SIGINT')
  await primary.stop()
  await directory.remove()
})

async function ownerOfData() {
  const { uid, gid } = await stat(primary.dataDir)
  return { uid, gid }
}

async function answers(url: string) {
  const client = new pg.Client(url)
  client.on('error', () => {})
  try {
    await client.connect()
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}

async function examineReplica(primaryUrl: string) {
  const secret = randomBytes(32).toString('base64')
  const variables = { DATABASE_URL: primaryUrl, DATABASE_REPLICA_URL: standbyUrl, AUTH_SECRET: secret }
  const config = readConfig(variables)
  const logger = createLogger('silent')
  const parts = openParts({ config, logger })
  onTestFinished(() => parts[Symbol.asyncDispose]())
  const [examined] = await examine(checksOf({ config, parts, logger }).filter(({ name }) => name === 'replica'))
  return examined?.findings.map(({ state, found }) => `${state}: ${found}`)
}

it('a replica is followed, or found to be behind, to belong to another server, or to have lost its primary', async () => {
  const writer = await connectForTest(primary.superuserUrl)
  await writer.query('create table something as select 1 as one')
  expect(await examineReplica(primary.superuserUrl)).toEqual(['ok: it follows the primary'])

  const reader = await connectForTest(standbyUrl)
  await reader.query('select pg_wal_replay_pause()')
  await writer.query('insert into something select generate_series(1, 1000)')
  expect(await examineReplica(primary.superuserUrl)).toEqual(['warning: it is more than 5 s behind the primary'])
  await reader.query('select pg_wal_replay_resume()')
  expect(await examineReplica(primary.superuserUrl)).toEqual(['ok: it follows the primary'])

  const other = await startPostgres()
  onTestFinished(() => other.stop())
  expect(await examineReplica(other.superuserUrl)).toEqual(['failed: it is a replica of another server'])
  expect(await examineReplica('postgres://postgres:x@127.0.0.1:1/postgres')).toEqual([
    'ok: it is one; how far behind is not known without the primary',
  ])
})
