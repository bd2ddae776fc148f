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
  readonly loaders: Loaders
  credential: Credential | null
  /** The last place that this request wrote in each stream. */
  written: Cursor
  /** When what was read ends by itself, in ms since 1970; Infinity: never. Nothing keeps an answer for longer. */
  readonly validUntil: number
  /** Where `validUntil` writes: of the request, whatever connection it reads on. */
  ending: Ending
}

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
  let loaders: Loaders | undefined
  return {
    services,
    viewer,
    requestId,
    credential,
    db,
    written,
    get loaders() {
      loaders ??= createLoaders(db, viewer, (time) => validUntil({ ending }, time))
      return loaders
    },
    ending,
    get validUntil() {
      return ending.at
    },
  }
}

/** Whoever compares with the clock says when the comparison comes out otherwise. At a moment that is over: already now. */
export function validUntil({ ending }: Pick<Context, 'ending'>, time: Date | number): void {
  ending.at = Math.min(ending.at, Number(time))
}

/** The same request on another connection: its loaders must read there too. */
export const onConnection = ({ services, viewer, requestId, credential, written, ending }: Context, db: Db): Context =>
  createContext({ services, viewer, requestId, credential, written, ending, db })
