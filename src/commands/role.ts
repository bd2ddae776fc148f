import { userRoles } from '../db/schema/auth.ts'
import { setUserRoleByEmail } from '../resolvers/user.ts'
import { createCore } from '../services.ts'
import { type Command, withDatabase } from './command.ts'

export const role: Command = {
  name: ['role'],
  usage: 'role <email> <ROLE>',
  summary: 'give an account the role INVESTOR, COMPLIANCE or ADMIN',
  async run([email, name]) {
    const found = userRoles.find((value) => value.toUpperCase() === name?.toUpperCase())
    if (!email || !found) {
      console.error(`Usage: gatehouse role <email> <${userRoles.join(' | ').toUpperCase()}>`)
      return 2
    }
    return withDatabase(async ({ database, authSecret }, options) => {
      const services = createCore({ ...options, databaseUrl: database.url, authSecret })
      try {
        await services.tails.start()
        await setUserRoleByEmail({ services }, { email, role: found })
      } finally {
        await services[Symbol.asyncDispose]()
      }
      console.log(`${email} is ${found.toUpperCase()} now.`)
      return 0
    })
  },
}
