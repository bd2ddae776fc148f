import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { verifyLog } from '../../src/log/verify.ts'
import { graphql } from '../graphql/index.ts'
import { type Person, people, type Stack, startStack } from '../harness/index.ts'
import { draft } from '../harness/kyc.ts'
import { connectForTest } from '../harness/log.ts'
import { createDirectory } from '../services/directory.ts'
import { freePort } from '../services/free-port.ts'
import { startPostgres } from '../services/postgres.ts'
import { runTool, startProcess } from '../services/process.ts'
import { createTemplate, databaseUrls, templateName } from '../setup/template.ts'

const deploy = fileURLToPath(new URL('../../deploy/postgresql', import.meta.url))

let stack: Stack
let directory: Awaited<ReturnType<typeof createDirectory>>
let postgres: Awaited<ReturnType<typeof startPostgres>>
let identity: { uid: number; gid: number }
let early: Person
let late: Person
let earlyId: string
let moment: string
let headsThen: unknown
const inside = (name: string) => join(directory.path, name)
const restoredServers: { stop(signal: NodeJS.Signals): Promise<void> }[] = []

/** As the user that PostgreSQL runs as, with its commands in the path. */
const run = (command: string, ...args: string[]) =>
  runTool({
    command: 'env',
    args: [`PATH=${postgres.binDir}:${process.env.PATH}`, command, ...args],
    cwd: directory.path,
    identity,
  })

function give(name: string, content?: string) {
  if (content === undefined) mkdirSync(inside(name))
  else writeFileSync(inside(name), content)
  chownSync(inside(name), identity.uid, identity.gid)
  return inside(name)
}

/** The fragment of deploy/, with its two paths made ours. */
function archivingConf() {
  const text = readFileSync(join(deploy, 'postgresql.conf'), 'utf8')
  const ours = text
    .replace('/etc/gatehouse/archive-wal.sh', inside('archive-wal.sh'))
    .replace('/var/lib/gatehouse-archive', inside('archive'))
  return give('archiving.conf', ours)
}

async function headsOf(client: pg.Client) {
  const { rows } = await client.query(
    `select distinct on (stream) stream, position, encode(hash, 'hex') as hash from events order by stream, position desc`,
  )
  return rows
}

const urlsAt = (port: number) => {
  const url = new URL(postgres.superuserUrl)
  url.port = `${port}`
  return { superuserUrl: url.href, ...databaseUrls(url.href, templateName) }
}

beforeAll(async () => {
  directory = await createDirectory('recovery')
  postgres = await startPostgres()
  const { uid, gid } = statSync(postgres.dataDir)
  identity = { uid, gid }
  chownSync(directory.path, uid, gid)
  give('archive')
  for (const name of ['archive-wal.sh', 'restore.sh', 'end-sessions.sql']) {
    copyFileSync(join(deploy, name), inside(name))
    chmodSync(inside(name), 0o755)
  }
  writeFileSync(join(postgres.dataDir, 'postgresql.conf'), `include '${archivingConf()}'\n`, { flag: 'a' })
  await postgres.restart()
  await createTemplate(postgres.superuserUrl)

  stack = await startStack()
  const { superuserUrl, url, ownerUrl } = urlsAt(postgres.port)
  const gateway = await stack.startGateway({ DATABASE_URL: url, DATABASE_OWNER_URL: ownerUrl })
  await people(gateway).investor()
  const backup = ['--checkpoint=fast', '--wal-method=stream', '--manifest-checksums=SHA256']
  await run('pg_basebackup', '-d', superuserUrl, '-D', inside('backup'), ...backup)

  const database = new pg.Client(ownerUrl)
  await database.connect()
  early = await people(gateway).investor()
  earlyId = await draft(early)
  const { rows } = await database.query<{ moment: string }>('select clock_timestamp()::text as moment')
  moment = rows[0]!.moment
  headsThen = await headsOf(database)
  late = await people(gateway).investor()
  await draft(late)
  await database.end()

  const superuser = new pg.Client(superuserUrl)
  await superuser.connect()
  const { rows: switched } = await superuser.query<{ segment: string }>(
    'select pg_walfile_name(pg_switch_wal()) as segment',
  )
  await superuser.end()
  await vi.waitUntil(() => existsSync(inside(`archive/${switched[0]?.segment}`)), 45_000)
})

afterAll(async () => {
  await stack.stop()
  for (const server of restoredServers) await server.stop('SIGINT')
  await postgres.stop()
  await directory.remove()
})

/** PostgreSQL on a directory, at a port of its own, once it takes writes. */
async function startOn(name: string) {
  const port = await freePort()
  const urls = urlsAt(port)
  const given = { port, listen_addresses: '127.0.0.1', unix_socket_directories: '', max_connections: '300' }
  const server = await startProcess({
    name: 'postgres',
    command: join(postgres.binDir, 'postgres'),
    args: ['-D', inside(name), ...Object.entries(given).flatMap(([key, value]) => ['-c', `${key}=${value}`])],
    cwd: directory.path,
    identity,
    logFile: give(`${name}.log`, ''),
    deathSignal: 'QUIT',
    isReady: () => takesWrites(urls.superuserUrl),
  })
  restoredServers.push(server)
  return urls
}

async function takesWrites(url: string) {
  const client = new pg.Client(url)
  try {
    await client.connect()
    return (await client.query('select where not pg_is_in_recovery()')).rowCount === 1
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}

const restore = (target: string, ...time: string[]) =>
  run(inside('restore.sh'), inside('backup'), inside('archive'), inside(target), ...time)
const statement = 'select from users where id = $1'
const whoAmI = graphql(`query WhoAfterRestore { viewer { id } }`)

describe('D11: recovery', () => {
  it('to a moment: the log ends where it ended then, whole, and what came later is not there; nobody is signed in', async () => {
    await restore('restored', moment)
    const { url, ownerUrl } = await startOn('restored')
    const client = await connectForTest(ownerUrl)
    expect((await client.query('show archive_mode')).rows).toEqual([{ archive_mode: 'off' }])
    expect(await headsOf(client)).toEqual(headsThen)
    expect((await verifyLog(client)).filter(({ firstBad }) => firstBad !== null)).toEqual([])
    expect((await client.query(statement, [early.id])).rowCount).toBe(1)
    expect((await client.query('select from kyc_applications where id = $1', [earlyId])).rowCount).toBe(1)
    expect((await client.query(statement, [late.id])).rowCount).toBe(0)

    const { rowCount: sessions } = await client.query('select from sessions')
    await run('psql', ownerUrl, '-v', 'ON_ERROR_STOP=1', '-f', inside('end-sessions.sql'))
    const ended = await client.query(`select from events where type = 'session.ended' and actor_id is null`)
    expect([ended.rowCount, (await client.query('select from sessions')).rowCount]).toEqual([sessions, 0])
    expect(sessions).toBeGreaterThan(0)
    expect((await verifyLog(client)).filter(({ firstBad }) => firstBad !== null)).toEqual([])

    const gateway = await stack.startGateway({ DATABASE_URL: url, DATABASE_OWNER_URL: ownerUrl })
    const seed = people(gateway)
    expect((await seed.as(early.token!).get(whoAmI)).viewer).toBeNull()
    const token = await seed.signIn(early.email)
    expect((await seed.as(token).get(whoAmI)).viewer).toEqual({ id: early.id })
  })

  it('to the end: everything that was archived is there', async () => {
    // A restore that was tried before has left nothing there that this one would follow.
    expect(readdirSync(inside('archive')).filter((name) => name.endsWith('.history'))).toEqual([])
    await restore('latest')
    const client = await connectForTest((await startOn('latest')).ownerUrl)
    expect((await client.query(statement, [late.id])).rowCount).toBe(1)
  })

  it('never goes into a directory that has something in it', async () => {
    give('taken')
    give('taken/precious', 'data')
    await expect(restore('taken', moment)).rejects.toMatchObject({ stderr: expect.stringContaining('is not empty') })
    expect(readdirSync(inside('taken'))).toEqual(['precious'])
  })

  it('never begins with a backup that is not what its manifest says', async () => {
    await run('cp', '-a', inside('backup'), inside('damaged'))
    const file = inside('damaged/global/pg_control')
    const bytes = readFileSync(file)
    bytes[100]! ^= 1
    writeFileSync(file, bytes)
    const restoring = run(inside('restore.sh'), inside('damaged'), inside('archive'), inside('never'), moment)
    await expect(restoring).rejects.toMatchObject({ stderr: expect.stringContaining('pg_control') })
    expect(existsSync(inside('never'))).toBe(false)
  })

  it('by recovery.conf, as older instructions have it, keeps PostgreSQL from starting', async () => {
    await run('cp', '-a', inside('backup'), inside('older'))
    give('older/recovery.conf', `restore_command = 'cp "${inside('archive')}/%f" "%p"'\n`)
    await expect(startOn('older')).rejects.toThrow('using recovery command file "recovery.conf" is not supported')
  })
})

describe('D12: archiving', () => {
  const archive = (segment: string, name = '000000010000000000000001') =>
    run(inside('archive-wal.sh'), segment, inside(`shelf/${name}`))
  const shelf = () => readdirSync(inside('shelf'))
  let segment: string
  beforeAll(() => {
    give('shelf')
    segment = give('segment', 'what was written')
  })

  it('is set up as the drill above ran', async () => {
    const client = await connectForTest(postgres.superuserUrl)
    const { rows } = await client.query(
      `select name, setting from pg_settings where name in ('wal_level', 'archive_mode', 'archive_timeout') order by name`,
    )
    expect(rows.map(({ setting }) => setting)).toEqual(['on', '60', 'replica'])
    expect((await client.query('select failed_count::int from pg_stat_archiver')).rows).toEqual([{ failed_count: 0 }])
  })

  it('takes the same segment again, and refuses another of the same name', async () => {
    await archive(segment)
    await archive(segment)
    const other = give('other', 'something else')
    await expect(archive(other)).rejects.toMatchObject({ stderr: expect.stringContaining('stays as it is') })
    expect(shelf()).toEqual(['000000010000000000000001'])
    expect(readFileSync(inside('shelf/000000010000000000000001'), 'utf8')).toBe('what was written')
  })

  it('does not call done what could not be copied, or is not on disk', async () => {
    const before = shelf()
    await expect(archive(inside('absent'), '000000010000000000000002')).rejects.toThrow()
    // As on a disk that fails when it is told to write.
    give('failing')
    chmodSync(give('failing/sync', '#!/bin/sh\nexit 1\n'), 0o755)
    const failing = run(
      'env',
      `PATH=${inside('failing')}:${process.env.PATH}`,
      inside('archive-wal.sh'),
      segment,
      inside('shelf/000000010000000000000002'),
    )
    await expect(failing).rejects.toThrow()
    expect(shelf()).toEqual(before)
  })
})
