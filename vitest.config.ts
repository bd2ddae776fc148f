import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { hasChromium, missingServices } from './test/setup/missing-services.ts'

// Compiled once for all processes that the tests start, and not for each.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('node_modules/.cache/node', import.meta.url))

const missing = missingServices()
const skipped = [
  missing.length > 0 &&
    `the stories on real services (not installed: ${missing.join(', ')}); they run on the embedded parts`,
  !hasChromium() && 'GraphiQL in a browser (not installed: chromium)',
].filter((suite) => suite !== false)
if (skipped.length > 0) {
  const message = `SKIPPED: ${skipped.join('; ')}.`
  if (process.env.CI === 'true') throw new Error(message)
  console.warn(`\n${message}\n`)
}

// Vite would load graphql's ES modules for our files, and Node its CommonJS for everybody else's: two realms.
const resolve = { alias: [{ find: /^graphql$/, replacement: createRequire(import.meta.url).resolve('graphql') }] }
const settings = {
  pool: 'forks',
  // The files of a worker share what they import. Alone with it, to import takes a file longer than many of them test.
  isolate: false,
  restoreMocks: true,
  // Patience for machines that are slow or busy: where all is well nobody waits for it.
  testTimeout: 120_000,
  hookTimeout: 180_000,
  expect: { poll: { timeout: 45_000, interval: 20 } },
} as const

/** Stories run twice: on what the gateway brings itself, and on Debian's PostgreSQL, Redis and radosgw. */
const stories = (stack: 'embedded' | 'services', ...include: string[]) => ({
  resolve,
  test: { ...settings, name: stack, include: ['test/*.test.ts', ...include], globalSetup: [`test/setup/${stack}.ts`] },
})

export default defineConfig({
  test: {
    // One more than the cores of a small machine: tests wait as much as they work.
    maxWorkers: 3,
    projects: [
      { resolve, test: { ...settings, name: 'parts', include: ['test/parts/**/*.test.ts'] } },
      stories('embedded'),
      ...(missing.length === 0 ? [stories('services', 'test/services-only/*.test.ts')] : []),
    ],
  },
})
