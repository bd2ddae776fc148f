import { isSteppedUp, type Viewer } from '../permissions.ts'

/**
 * Whose answer it is: everything about a viewer that decides what they are shown. Two with the same scope are the same
 * person, or the same key, with the same rights. An answer that is made within a step-up ends with it: `scopeEnd`.
 */
export function scopeOf(viewer: Viewer): string {
  if (viewer.kind === 'anonymous') return viewer.kind
  // Words of ours, none with a space in it.
  return viewer.kind === 'user'
    ? `user ${viewer.id} ${viewer.role} ${isSteppedUp(viewer)}`
    : `apiKey ${viewer.id} ${viewer.scopes.toSorted().join(' ')}`
}

/** Until when the scope is what it is. */
export const scopeEnd = (viewer: Viewer) =>
  viewer.kind === 'user' && isSteppedUp(viewer) ? viewer.steppedUpUntil! : Number.POSITIVE_INFINITY

/** Of answers that are for everybody, and of those that are for one: no body of a request makes one look like the other. */
export const publicKey = (body: string) => `public\n${body}`
export const privateKey = (viewer: Viewer, body: string) => `${scopeOf(viewer)}\n${body}`
