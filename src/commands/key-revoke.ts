import { revokeApiKey } from '../resolvers/api-key.ts'
import type { Run } from './command.ts'
import { withCore } from './with-core.ts'

export const revokeKey: Run = async ([keyId]) => {
  if (!keyId) {
    console.error('Usage: gatehouse key revoke <id>')
    return 2
  }
  await withCore((services) => revokeApiKey({ services }, { keyId }))
  console.log(`The API key ${keyId} is good for nothing any more.`)
  return 0
}
