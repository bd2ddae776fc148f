import type { UserRole } from '../../src/db/schema/auth.ts'
import type { Scope } from '../../src/permissions.ts'
import { type CreateApiKeyInput, createApiKey } from '../../src/resolvers/api-key.ts'
import { setUserRoleByEmail } from '../../src/resolvers/user.ts'
import { createTestClient, type TestClient } from './client.ts'
import type { TestGateway } from './gateway.ts'

type KeyOptions = Partial<Omit<CreateApiKeyInput, 'ownerEmail' | 'scopes'>> & {
  owner: { email: string }
  scopes: readonly Scope[]
}

export type Person = TestClient & { id: string; email: string; password: string; role: UserRole }

let count = 0
const password = 'correct horse battery'

/** People who sign up and in as anybody does; a role is given as an operator gives it. */
export const people = (gateway: TestGateway) => {
  const post = (path: string, body: object, token?: string) =>
    fetch(`${gateway.url}/api/auth${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        origin: gateway.services.publicUrl,
        ...(token && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
    })

  async function signIn(email: string): Promise<string> {
    const response = await post('/sign-in/email', { email, password })
    if (!response.ok) throw new Error(`sign-in failed: ${response.status} ${await response.text()}`)
    return ((await response.json()) as { token: string }).token
  }

  async function person(role: UserRole, name = `${role} ${++count}`): Promise<Person> {
    const email = `${name.replace(/\W+/g, '.')}.${process.pid}.${++count}@example.com`.toLowerCase()
    const response = await post('/sign-up/email', { email, password, name })
    if (!response.ok) throw new Error(`sign-up failed: ${response.status} ${await response.text()}`)
    const { token, user } = (await response.json()) as { token: string; user: { id: string } }
    if (role !== 'investor') await setUserRoleByEmail({ services: gateway.services }, { email, role })
    return { ...createTestClient(gateway.url, token), id: user.id, email, password, role }
  }

  /** A machine with a key that an operator has made for somebody. */
  async function key({ owner, name = `key ${++count}`, ...options }: KeyOptions) {
    const made = await createApiKey({ services: gateway.services }, { ownerEmail: owner.email, name, ...options })
    return { ...createTestClient(gateway.url, null, { 'x-api-key': made.key }), id: made.id, key: made.key }
  }

  return {
    investor: (name?: string) => person('investor', name),
    reviewer: (name?: string) => person('compliance', name),
    admin: (name?: string) => person('admin', name),
    anonymous: () => createTestClient(gateway.url, null),
    /** The same person through another gateway, or in another session. */
    as: (token: string) => createTestClient(gateway.url, token),
    key,
    signIn,
    signOut: (token: string) => post('/sign-out', {}, token),
    post,
  }
}
