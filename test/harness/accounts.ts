import { createContext } from '../../src/context.ts'
import type { Services } from '../../src/services.ts'

export const password = 'correct horse battery'

/** Signs up by Better Auth alone, as `/api/auth` does. */
export const signUp = async (services: Services, name = 'Ada Lovelace') => {
  const email = `${name.replace(/\W/g, '.').toLowerCase()}@example.com`
  const { token, user } = await services.auth.api.signUpEmail({ body: { email, password, name } })
  return { id: user.id, email, token: token!, headers: { authorization: `Bearer ${token}` } }
}
export type Person = Awaited<ReturnType<typeof signUp>>

export const signIn = async (services: Services, { email }: Person) => {
  const { token } = await services.auth.api.signInEmail({ body: { email, password } })
  return { token, headers: { authorization: `Bearer ${token}` } }
}

/** What a request has that is signed in with this token. */
export const contextOf = async (services: Services, { token }: { token: string }) => {
  const viewer = await services.viewers.resolve(token)
  return createContext({ services, viewer, requestId: 'test', credential: { token, ambient: false } })
}
