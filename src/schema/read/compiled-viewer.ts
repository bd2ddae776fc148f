import type { Context } from '../../context.ts'
import type { Viewer } from '../../permissions.ts'
import { boundLater, NotCompilableError } from './bound.ts'

const onlyThese = <Shown extends object>(shown: Shown): Shown =>
  new Proxy(shown, {
    get(target, key) {
      if (typeof key === 'string' && !(key in target)) throw new NotCompilableError(`A plan cannot depend on ${key}.`)
      return Reflect.get(target, key)
    },
  })

/** Anybody with the same rights: what `rightsOf` tells apart is as it is, ids are bound later, the rest nobody may ask for. */
export function compiledViewer(viewer: Viewer): Viewer {
  if (viewer.kind === 'anonymous') return viewer
  const id = boundLater<string>('viewer')
  const { kind } = viewer
  return onlyThese(kind === 'user' ? { kind, id, role: viewer.role } : { kind, id, scopes: viewer.scopes }) as Viewer
}

/** What the `select` of a field may know while a plan is made. */
export const compiledContext = (viewer: Viewer) => onlyThese({ viewer }) as Context

/** What no plan may hold as it is. */
export const idsOf = (viewer: Viewer): string[] =>
  viewer.kind === 'user' ? [viewer.id, viewer.sessionId] : viewer.kind === 'apiKey' ? [viewer.id, viewer.ownerId] : []
