import { userRoles } from '../db/schema/auth.ts'
import { setUserRoleByEmail } from '../resolvers/user.ts'
import type { Run } from './command.ts'
import { withCore } from './with-core.ts'

export const giveRole: Run = async ([email, name]) => {
  const found = userRoles.find((value) => value.toUpperCase() === name?.toUpperCase())
  if (!email || !found) {
    console.error(`Usage: gatehouse role <email> <${userRoles.join(' | ').toUpperCase()}>`)
    return 2
  }
  await withCore((services) => setUserRoleByEmail({ services }, { email, role: found }))
  console.log(`${email} is ${found.toUpperCase()} now.`)
  return 0
}
