import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startEmbeddedPostgres } from '../../src/embedded/postgres/index.ts'
import { createTemplate } from './template.ts'

export default async function setup(project: TestProject) {
  const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-test-'))
  // PostgreSQL runs as a user of its own, who has to get there.
  chmodSync(dataDir, 0o711)
  const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '400' }
  const postgres = await startEmbeddedPostgres({ dataDir, settings })
  await createTemplate(postgres.superuserUrl)
  project.provide('stack', { name: 'embedded', superuserUrl: postgres.superuserUrl, store: null })
  return async () => {
    await postgres.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

declare module 'vitest' {
  export interface ProvidedContext {
    stack: {
      name: 'embedded' | 'services'
      superuserUrl: string
      store: { endpoint: string; region: string; accessKeyId: string; secretAccessKey: string } | null
    }
  }
}
