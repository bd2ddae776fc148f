import { createApiKey } from '../resolvers/api-key.ts'
import type { Run } from './command.ts'
import { withCore } from './with-core.ts'

const usage = 'gatehouse key create --owner <email> --name <n> --scopes <a,b> [--plan <p>] [--expires-days <n>]'

/** The key goes to stdout alone, so that a script can take it; what there is to know of it goes to stderr. */
export const createKey: Run = async (_words, { owner, name, scopes, plan, 'expires-days': expiresDays }) => {
  if (!owner || !name || !scopes) {
    console.error(`Usage: ${usage}`)
    return 2
  }
  const input = {
    ownerEmail: owner,
    name,
    scopes: scopes.split(',').map((scope) => scope.trim()),
    plan,
    expiresInDays: expiresDays === undefined ? undefined : wholeNumber(expiresDays),
  }
  const made = await withCore((services) => createApiKey({ services }, input))
  console.log(made.key)
  console.error(`The API key ${made.id} of ${made.ownerEmail} was made. It is shown this once.`)
  console.error(`  scopes   ${made.scopes.join(', ')}`)
  console.error(`  plan     ${made.plan.name}: ${made.plan.requestsPerMinute} requests a minute`)
  console.error(`  expires  ${made.expiresAt?.toISOString() ?? 'never'}`)
  return 0
}

const wholeNumber = (text: string) => (/^\d+$/.test(text) ? Number(text) : Number.NaN)
