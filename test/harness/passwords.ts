import type { Services } from '../../src/services.ts'

const hashes = new Map<string, Promise<string>>()
const verdicts = new Map<string, Promise<boolean>>()

function once<Result>(results: Map<string, Promise<Result>>, key: string, make: () => Promise<Result>) {
  const result = results.get(key) ?? make()
  results.set(key, result)
  return result
}

/**
 * Better Auth's hashes, at their full cost, but each made and each verified once: people of the tests share a password,
 * and a third of the time of most files would go into its hash.
 */
export async function hashPasswordsOnce({ auth }: Pick<Services, 'auth'>) {
  const { password } = await auth.$context
  const { hash, verify } = password
  password.hash = (given) => once(hashes, given, () => hash(given))
  password.verify = (given) => once(verdicts, JSON.stringify(given), () => verify(given))
}
