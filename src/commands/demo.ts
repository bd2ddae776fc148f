import { type Config, ConfigError, readConfig } from '../config.ts'
import { demoPeople, seedDemo } from '../embedded/demo.ts'
import { runGateway } from '../run.ts'
import type { Run } from './command.ts'

export const demo: Run = async () => {
  const config = readConfig()
  assertEmbedded(config)
  return runGateway({
    config,
    demoPeople,
    onReady: async ({ services }) => {
      await seedDemo(services)
      const width = Math.max(...demoPeople.map(({ email }) => email.length))
      console.log('Sign in as:')
      for (const { email, password, label } of demoPeople) {
        console.log(`  ${email.padEnd(width)}  ${password}  (${label})`)
      }
    },
  })
}

/** The passwords of its people are public, one of them an admin's: they come into no database but one of its own. */
function assertEmbedded({ database, storage, redis, production }: Config) {
  const named = {
    DATABASE_URL: database !== null,
    S3_ENDPOINT: storage.server !== null,
    REDIS_URL: redis !== null,
    'NODE_ENV=production': production,
  }
  const faults = Object.entries(named).flatMap(([name, set]) =>
    set ? `${name}: the demo works on embedded parts only, since anybody knows its admin's password: unset it` : [],
  )
  if (faults.length > 0) throw new ConfigError(faults)
}
