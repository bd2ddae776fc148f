import { type ApiKeyFacts, listApiKeys } from '../resolvers/api-key.ts'
import type { Run } from './command.ts'
import { withCore } from './with-core.ts'

const columns: Record<string, (key: ApiKeyFacts) => string> = {
  id: ({ id }) => id,
  name: ({ name }) => name,
  owner: ({ ownerEmail }) => ownerEmail,
  scopes: ({ scopes }) => scopes.join(','),
  plan: ({ plan }) => plan,
  created: ({ createdAt }) => createdAt.toISOString(),
  'last used': ({ lastUsedAt }) => lastUsedAt?.toISOString() ?? 'never',
  expires: ({ expiresAt }) => expiresAt?.toISOString() ?? 'never',
  state: ({ state }) => state,
}

export const listKeys: Run = async () => {
  const keys = await withCore((services) => listApiKeys({ services }))
  const rows = [Object.keys(columns), ...keys.map((key) => Object.values(columns).map((of) => of(key)))]
  const widths = Object.keys(columns).map((_name, index) => Math.max(...rows.map((row) => row[index]!.length)))
  for (const row of rows)
    console.log(
      row
        .map((cell, index) => cell.padEnd(widths[index]!))
        .join('  ')
        .trimEnd(),
    )
  return 0
}
