import { randomBytes, randomUUID } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createDirectory } from './directory.ts'
import { freePort } from './free-port.ts'
import { findCommand, runTool, startProcess } from './process.ts'

const commands = ['ceph-mon', 'ceph-osd', 'radosgw', 'radosgw-admin', 'ceph', 'ceph-authtool', 'monmaptool']
// The OSD listens on four of them; the rest is there for what somebody takes in the meantime.
const osdPortCount = 16
const full = ['--cap', 'mon', 'allow *', '--cap', 'osd', 'allow *']
const keyring = {
  'mon.': ['--cap', 'mon', 'allow *'],
  'osd.0': ['--cap', 'mon', 'allow profile osd', '--cap', 'osd', 'allow *'],
  'client.admin': full,
  'client.rgw.a': full,
}

/** Whether everything is installed that a one-node Ceph with an S3 endpoint needs. */
export function findCeph(): boolean {
  return commands.every((name) => findCommand(name) !== null)
}

interface Cluster {
  directory: string
  id: string
  monitorPort: number
  osdPort: number
  gatewayPort: number
  lifecycleDaySeconds: number | undefined
}

/** One copy of everything, in memory, with one key named `gatehouse` for server-side encryption by aws:kms. */
function configuration({ directory, id, monitorPort, osdPort, gatewayPort, lifecycleDaySeconds }: Cluster) {
  return `[global]
fsid = ${id}
mon_host = v2:127.0.0.1:${monitorPort}
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
ms_bind_msgr1 = false
ms_bind_port_min = ${osdPort}
ms_bind_port_max = ${osdPort + osdPortCount - 1}
keyring = ${directory}/keyring
run_dir = ${directory}
crash_dir = ${directory}/crash
admin_socket =
pid_file =
mon_data = ${directory}/mon
osd_data = ${directory}/osd
rgw_data = ${directory}/rgw
paxos_propose_interval = 0.01
mon_allow_pool_size_one = true
mon_data_avail_crit = 0
mon_max_pg_per_osd = 1000
osd_objectstore = memstore
memstore_device_bytes = 2147483648
osd_crush_chooseleaf_type = 0
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 8
osd_pool_default_pgp_num = 8
osd_pool_default_pg_autoscale_mode = off

[client.rgw.a]
rgw_frontends = beast endpoint=127.0.0.1:${gatewayPort} tcp_nodelay=1
rgw_num_rados_handles = 1
${lifecycleDaySeconds ? `rgw_lc_debug_interval = ${lifecycleDaySeconds}` : ''}
rgw_crypt_require_ssl = false
rgw_crypt_s3_kms_backend = testing
rgw_crypt_s3_kms_encryption_keys = gatehouse=${randomBytes(32).toString('base64')}
`
}

function listens(port: number) {
  return new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      resolve(true)
      socket.destroy()
    })
    socket.once('error', () => resolve(false))
  })
}

async function logSays(file: string, text: string) {
  return (await readFile(file, 'utf8').catch(() => '')).includes(text)
}

async function answersHttp(endpoint: string) {
  return fetch(endpoint).then(
    (response) => response.ok,
    () => false,
  )
}

/**
 * A real, empty S3 server: Debian's radosgw on a Ceph of one monitor and one OSD in memory. Nothing of it is kept. To its
 * lifecycle rules a day may be as short as one likes.
 */
export async function startCeph({ lifecycleDaySeconds }: { lifecycleDaySeconds?: number } = {}) {
  const folder = await createDirectory('ceph')
  const directory = folder.path
  const running: Awaited<ReturnType<typeof startProcess>>[] = []
  const gatewayPort = await freePort()
  const endpoint = `http://127.0.0.1:${gatewayPort}`
  const accessKeyId = randomBytes(10).toString('hex').toUpperCase()
  const secretAccessKey = randomBytes(20).toString('hex')

  const tool = (command: string, ...args: string[]) => runTool({ command, args, cwd: directory })
  const ceph = (command: string, ...args: string[]) => tool(command, '-c', 'ceph.conf', ...args)
  const logFile = (name: string) => join(directory, `${name}.log`)

  async function daemon(name: string, args: string[], isReady: () => Promise<boolean>) {
    // Kept in the foreground and logging to standard error.
    const options = { name, command: name, args: ['-c', 'ceph.conf', '-d', ...args], logFile: logFile(name) }
    running.push(await startProcess({ ...options, cwd: directory, isReady }))
  }

  /** In memory there is nothing to save, and radosgw takes seconds to say farewell. */
  async function stop() {
    await Promise.all(running.map((server) => server.kill()))
    await folder.remove()
  }

  async function start() {
    const id = randomUUID()
    const osdId = randomUUID()
    const monitorPort = await freePort()
    const osdPort = await freePort(osdPortCount)
    const cluster = { directory, id, monitorPort, osdPort, gatewayPort, lifecycleDaySeconds }
    await writeFile(join(directory, 'ceph.conf'), configuration(cluster))
    for (const name of ['mon', 'osd', 'rgw', 'crash']) await mkdir(join(directory, name))
    await tool('ceph-authtool', '--create-keyring', 'keyring')
    for (const [name, capabilities] of Object.entries(keyring)) {
      await tool('ceph-authtool', 'keyring', '--gen-key', '-n', name, ...capabilities)
    }
    await tool('monmaptool', '--create', '--addv', 'a', `[v2:127.0.0.1:${monitorPort}]`, '--fsid', id, 'monmap')
    await ceph('ceph-mon', '--mkfs', '-i', 'a', '--monmap', 'monmap', '--keyring', 'keyring')
    await daemon('ceph-mon', ['-i', 'a'], () => listens(monitorPort))
    await ceph('ceph', 'osd', 'new', osdId)
    await ceph('ceph-osd', '-i', '0', '--mkfs', '--osd-uuid', osdId)
    await daemon('ceph-osd', ['-i', '0'], () => logSays(logFile('ceph-osd'), 'state: booting -> active'))
    await daemon('radosgw', ['-n', 'client.rgw.a'], () => answersHttp(endpoint))
    const keys = [`--access-key=${accessKeyId}`, `--secret-key=${secretAccessKey}`]
    await ceph('radosgw-admin', 'user', 'create', '--uid=gatehouse', '--display-name=gatehouse', ...keys)
  }

  try {
    await start()
  } catch (error) {
    await stop()
    throw error
  }
  return { endpoint, region: 'us-east-1', accessKeyId, secretAccessKey, stop }
}
