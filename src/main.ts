import { ConfigError } from './config.ts'
import { runGateway } from './run.ts'

try {
  process.exitCode = await runGateway()
} catch (error) {
  const faulty = error instanceof ConfigError
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = faulty ? 2 : 1
}
// A connection that somebody forgot must not keep a gateway alive that has ended.
process.exit()
