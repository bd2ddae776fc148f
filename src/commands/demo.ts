import { demoPeople, seedDemo } from '../embedded/demo.ts'
import { runGateway } from '../run.ts'
import type { Command } from './command.ts'

export const demo: Command = {
  name: ['demo'],
  usage: 'demo',
  summary: 'run the gateway with people to try it out, and print their sign-ins',
  run: () =>
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
    }),
}
