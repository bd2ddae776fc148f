import type { Credential } from '../auth/credential.ts'
import { type Context, createContext } from '../context.ts'
import type { Services } from '../services.ts'

/** What the server knows of an operation before GraphQL begins. */
export type Asked = { requestId: string; credential: Credential | null }

/** What the fields of an operation are given, with the viewer of this moment. */
export async function contextOf(services: Services, { requestId, credential }: Asked): Promise<Context> {
  const viewer = await services.viewers.resolve(credential?.token ?? null)
  return createContext({ services, viewer, requestId, credential })
}
