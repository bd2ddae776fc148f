import type { Credential } from './auth/credential.ts'
import type { Db } from './db/client.ts'
import { createLoaders, type Loaders } from './loaders/index.ts'
import type { Cursor } from './log/cursor.ts'
import type { Viewer } from './permissions.ts'
import { requestScope } from './request-scope.ts'
import type { Services } from './services.ts'

/** Everything that a use case or a field may know of a request. */
export type Context = {
  services: Services
  viewer: Viewer
  requestId: string
  /** Where reads go: the pool, or the one snapshot of an operation that asks for `eventCursor`. */
  db: Db
  /** What `loadersOf` has made. */
  loaders: Loaders | null
  credential: Credential | null
  /** The last place that this request wrote in each stream. */
  written: Cursor
  /** When what was read ends by itself: of the request, whatever connection it reads on. Nothing keeps an answer for longer. */
  ending: Ending
}

/** In ms since 1970; Infinity: never. */
type Ending = { at: number }
type Options = Pick<Context, 'services' | 'viewer' | 'requestId' | 'credential'> &
  Partial<Pick<Context, 'db' | 'written' | 'ending'>>

export function createContext({
  services,
  viewer,
  requestId,
  credential,
  db = services.db,
  written = {},
  ending = { at: Number.POSITIVE_INFINITY },
}: Options): Context {
  return { services, viewer, requestId, credential, db, loaders: null, written, ending }
}

/** The loaders of a request, made when the first is used. */
export function loadersOf(ctx: Context): Loaders {
  const { db, viewer, requestId } = ctx
  ctx.loaders ??= createLoaders(db, viewer, {
    validUntil: (time) => validUntil(ctx, time),
    inScope: (read) => requestScope.run(requestId, read),
  })
  return ctx.loaders
}

/** Whoever compares with the clock says when the comparison comes out otherwise. At a moment that is over: already now. */
export function validUntil({ ending }: Pick<Context, 'ending'>, time: Date | number): void {
  ending.at = Math.min(ending.at, Number(time))
}

/** The same request on another connection: its loaders must read there too. */
export const onConnection = ({ services, viewer, requestId, credential, written, ending }: Context, db: Db): Context =>
  createContext({ services, viewer, requestId, credential, written, ending, db })
