import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { createDirectory } from './directory.ts'
import { freePort } from './free-port.ts'
import type { startPostgres } from './postgres.ts'
import { runTool, startProcess } from './process.ts'

type Primary = Pick<Awaited<ReturnType<typeof startPostgres>>, 'superuserUrl' | 'dataDir' | 'binDir'>

/** A standby that follows the primary. It keeps its data over `kill` and `restart`. */
export async function startStandby(primary: Primary) {
  const directory = await createDirectory('standby')
  const port = await freePort()
  const url = new URL(primary.superuserUrl)
  url.port = `${port}`
  const { uid, gid } = await stat(primary.dataDir)
  const data = join(directory.path, 'data')
  await runTool({ command: 'chown', args: [`${uid}:${gid}`, directory.path], cwd: '/' })
  const copy = ['-d', primary.superuserUrl, '-D', data]
  await runTool({
    command: join(primary.binDir, 'pg_basebackup'),
    args: [...copy, '--checkpoint=fast', '--wal-method=stream', '--write-recovery-conf'],
    cwd: directory.path,
    identity: { uid, gid },
  })
  const settings = { listen_addresses: '127.0.0.1', unix_socket_directories: '', max_connections: '300', fsync: 'off' }
  const given = Object.entries({ port, ...settings }).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const launch = () =>
    startProcess({
      name: 'postgres',
      command: join(primary.binDir, 'postgres'),
      args: ['-D', data, ...given],
      cwd: directory.path,
      identity: { uid, gid },
      logFile: join(directory.path, 'postgres.log'),
      deathSignal: 'QUIT',
      isReady: () =>
        ask(url.href, 'select').then(
          () => true,
          () => false,
        ),
    })
  let server = await launch()
  return {
    superuserUrl: url.href,
    port,
    /** It still receives, and applies nothing. Resolves when that is so. */
    async pause() {
      await ask(url.href, 'select pg_wal_replay_pause()')
      while (!(await ask(url.href, `select pg_get_wal_replay_pause_state() = 'paused' as is`))?.is) await sleep(10)
    },
    resume: () => ask(url.href, 'select pg_wal_replay_resume()'),
    /** Has applied all that the primary has written. */
    async catchUp() {
      const written = await ask(primary.superuserUrl, 'select pg_switch_wal() as end')
      while (!(await ask(url.href, `select pg_last_wal_replay_lsn() >= '${written?.end}' as is`))?.is) await sleep(10)
    },
    /** It hears nothing more of the primary. Resolves when that is so. */
    async detach() {
      await ask(url.href, `alter system set primary_conninfo = ''`)
      await ask(url.href, 'select pg_reload_conf()')
      while (await ask(url.href, 'select from pg_stat_wal_receiver')) await sleep(10)
    },
    promote: () => ask(url.href, 'select pg_promote()'),
    /** At once, with all of its connections. */
    kill: () => server.stop('SIGQUIT'),
    async restart() {
      server = await launch()
    },
    async stop() {
      await server.stop('SIGINT')
      await directory.remove()
    },
  }
}

async function ask(url: string, statement: string): Promise<{ is?: boolean; end?: string } | undefined> {
  const client = new pg.Client(url)
  client.on('error', () => {})
  try {
    await client.connect()
    return (await client.query(statement)).rows[0]
  } finally {
    await client.end().catch(() => {})
  }
}
