import { collectAlone } from './collector.ts'

// Before anything is loaded: V8 must not have begun what it is to go on with alone.
collectAlone()
const { ConfigError } = await import('./config.ts')
const { runGateway } = await import('./run.ts')

try {
  process.exitCode = await runGateway()
} catch (error) {
  const faulty = error instanceof ConfigError
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = faulty ? 2 : 1
}
// A connection that somebody forgot must not keep a gateway alive that has ended.
process.exit()
