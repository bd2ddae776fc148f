import { defineConfig } from 'vitest/config'
import { missingServices } from './test/setup/missing-services.ts'

const missing = missingServices()
if (missing.length > 0) {
  const message = `The stories do not run on real services, because these are not installed: ${missing.join(', ')}.`
  if (process.env.CI === 'true') throw new Error(message)
  console.warn(`\nSKIPPED: ${message} They run on the embedded parts only.\n`)
}

const shared = { pool: 'forks', testTimeout: 30_000, hookTimeout: 60_000, maxWorkers: 3 } as const

/** Stories run twice: on what the gateway brings itself, and on Debian's PostgreSQL, Redis and radosgw. */
const stories = (stack: 'embedded' | 'services') => ({
  test: { ...shared, name: stack, include: ['test/*.test.ts'], globalSetup: [`test/setup/${stack}.ts`] },
})

export default defineConfig({
  test: {
    projects: [
      { test: { ...shared, name: 'parts', include: ['test/parts/**/*.test.ts'] } },
      stories('embedded'),
      ...(missing.length === 0 ? [stories('services')] : []),
    ],
  },
})
