import { demoPeople, seedDemo } from '../embedded/demo.ts'
import { runGateway } from '../run.ts'
import type { Run } from './command.ts'

export const demo: Run = () =>
  runGateway({
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
