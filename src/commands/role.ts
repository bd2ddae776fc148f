import { createCore } from '../core.ts'
import { userRoles } from '../db/schema/auth.ts'
import { setUserRoleByEmail } from '../resolvers/user.ts'
import type { Run } from './command.ts'
import { withMigratedDatabase } from './with-database.ts'

export const giveRole: Run = async ([email, name]) => {
  const found = userRoles.find((value) => value.toUpperCase() === name?.toUpperCase())
  if (!email || !found) {
    console.error(`Usage: gatehouse role <email> <${userRoles.join(' | ').toUpperCase()}>`)
    return 2
  }
  return withMigratedDatabase(async ({ database, authSecret }, options) => {
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
}
