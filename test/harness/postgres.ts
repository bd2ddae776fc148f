import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject, onTestFinished } from 'vitest'
import { startEmbeddedPostgres } from '../../src/embedded/postgres/index.ts'
import { startPostgres } from '../services/postgres.ts'
import { createTemplate, databaseUrls, templateName } from '../setup/template.ts'
import { asSuperuser } from './database.ts'
import { wayForTest } from './way.ts'

/** A database with nothing in it, that no migration has seen. It is dropped when the test ends. */
export async function emptyDatabaseForTest() {
  const { superuserUrl } = inject('stack')
  const name = `test_${randomBytes(6).toString('hex')}`
  await asSuperuser(`create database ${name} owner gatehouse_owner`)
  onTestFinished(() => asSuperuser(`drop database if exists ${name} with (force)`))
  return databaseUrls(superuserUrl, name)
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
  const way = await wayForTest(server.superuserUrl)
  return {
    superuserUrl: way.url,
    async stop() {
      await way.close()
      await server.stop()
    },
    async restart() {
      server = await start()
      await way.open(server.superuserUrl)
    },
  }
}
