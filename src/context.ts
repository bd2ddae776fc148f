import type { Credential } from './auth/credential.ts'
import type { Db } from './db/client.ts'
import { createLoaders, type Loaders } from './loaders/index.ts'
import type { Cursor } from './log/cursor.ts'
import type { Viewer } from './permissions.ts'
import type { Services } from './services.ts'

/** Everything that a use case or a field may know of a request. */
export type Context = {
  services: Services
  viewer: Viewer
  requestId: string
  /** Where reads go: the pool, or the one snapshot of an operation that asks for `eventCursor`. */
  db: Db
  loaders: Loaders
  credential: Credential | null
  /** The last place that this request wrote in each stream. */
  written: Cursor
}

type Options = Pick<Context, 'services' | 'viewer' | 'requestId' | 'credential'> & { db?: Db; written?: Cursor }

export function createContext({
  services,
  viewer,
  requestId,
  credential,
  db = services.db,
  written = {},
}: Options): Context {
  return { services, viewer, requestId, credential, db, written, loaders: createLoaders(db, viewer) }
}

/** The same request on another connection: its loaders must read there too. */
export const onConnection = (ctx: Context, db: Db): Context => createContext({ ...ctx, db })
