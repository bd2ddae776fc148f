import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject, onTestFinished } from 'vitest'
import { startEmbeddedPostgres } from '../../src/embedded/postgres/index.ts'
import { startPostgres } from '../services/postgres.ts'
import { createTemplate, databaseUrls, templateName } from '../setup/template.ts'
import { asSuperuser } from './database.ts'

/** A database with nothing in it, that no migration has seen. It is dropped when the test ends. */
export async function emptyDatabaseForTest() {
  const { superuserUrl } = inject('stack')
  const name = `test_${randomBytes(6).toString('hex')}`
  await asSuperuser(`create database ${name} owner gatehouse_owner`)
  onTestFinished(() => asSuperuser(`drop database if exists ${name} with (force)`))
  return databaseUrls(superuserUrl, name)
}

/** A way to PostgreSQL that can be closed, opened to another port, and cut where it hurts. */
export async function startWay(url: string) {
  let port = Number(new URL(url).port)
  let losesCommit = false
  const sockets = new Set<Socket>()
  const server = createServer((incoming) => {
    const outgoing = connect(port, '127.0.0.1')
    for (const [socket, other] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
    }
    incoming.on('data', (chunk) => {
      if (losesCommit && chunk.includes('commit')) {
        losesCommit = false
        outgoing.unpipe(incoming)
        // PostgreSQL has answered, so it is done; the answer is not passed on.
        outgoing.once('data', () => incoming.destroy()).resume()
      }
      outgoing.write(chunk)
    })
    outgoing.pipe(incoming)
  })
  const listen = (at: number) => new Promise<void>((resolve) => server.listen(at, '127.0.0.1', resolve))
  await listen(0)
  const { port: ownPort } = server.address() as { port: number }

  async function close() {
    if (!server.listening) return
    const closed = new Promise((resolve) => server.close(resolve))
    for (const socket of sockets) socket.destroy()
    await closed
  }
  onTestFinished(close)

  return {
    /** The same place by this way. */
    through(given: string) {
      const way = new URL(given)
      way.host = `127.0.0.1:${ownPort}`
      return way.href
    },
    close,
    async open(to = port) {
      port = to
      await listen(ownPort)
    },
    /** The answer to the next COMMIT is lost, and its connection with it. */
    loseNextCommit() {
      losesCommit = true
    },
  }
}

/** A PostgreSQL of the test's own with a migrated database. It comes back where it was, also with its port taken. */
export async function startOwnPostgres(settings: Record<string, string> = {}) {
  const server = inject('stack').name === 'embedded' ? await startEmbedded(settings) : await startDebian(settings)
  await createTemplate(server.superuserUrl)
  return { ...server, superuserUrl: server.superuserUrl, ...databaseUrls(server.superuserUrl, templateName) }
}

async function startDebian(settings: Record<string, string>) {
  const { superuserUrl, stop, restart } = await startPostgres({ settings })
  onTestFinished(stop)
  return { superuserUrl, stop, restart }
}

async function startEmbedded(settings: Record<string, string>) {
  const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-test-'))
  chmodSync(dataDir, 0o711)
  const start = () => startEmbeddedPostgres({ dataDir, settings: { fsync: 'off', ...settings } })
  let server = await start()
  onTestFinished(async () => {
    await server.stop()
    rmSync(dataDir, { recursive: true, force: true })
  })
  // It takes another port at each start; behind the way it keeps one.
  const way = await startWay(server.superuserUrl)
  return {
    superuserUrl: way.through(server.superuserUrl),
    async stop() {
      await way.close()
      await server.stop()
    },
    async restart() {
      server = await start()
      await way.open(server.port)
    },
  }
}
