import { connect } from 'node:net'
import { join } from 'node:path'
import { createDirectory } from './directory.ts'
import { freePort } from './free-port.ts'
import { findCommand, startProcess } from './process.ts'

/** The path of redis-server, or null where it is not installed. */
export function findRedis(): string | null {
  return findCommand('redis-server')
}

/** Whether this very process answers: on a port that was taken in the meantime another Redis would. */
function answers(port: number, pid: number) {
  return new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('INFO server\r\n'))
    socket.once('data', (data) => {
      resolve(data.includes(`process_id:${pid}\r\n`))
      socket.destroy()
    })
    socket.once('error', () => resolve(false))
    socket.once('close', () => resolve(false))
  })
}

/** An empty Redis that keeps nothing on disk. With `port` it comes back where an earlier one was. */
export async function startRedis(options: { port?: number } = {}) {
  const command = findRedis()
  if (!command) throw new Error('redis-server is not installed')
  const port = options.port ?? (await freePort())
  const directory = await createDirectory('redis')
  try {
    const server = await startProcess({
      name: 'redis-server',
      command,
      args: ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', directory.path, '--save', '', '--appendonly', 'no'],
      cwd: directory.path,
      logFile: join(directory.path, 'redis.log'),
      isReady: (pid) => answers(port, pid),
    })
    return {
      url: `redis://127.0.0.1:${port}`,
      port,
      pid: server.pid,
      async stop() {
        await server.stop('SIGTERM')
        await directory.remove()
      },
      async kill() {
        await server.kill()
        await directory.remove()
      },
    }
  } catch (error) {
    await directory.remove()
    throw error
  }
}
