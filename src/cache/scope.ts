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

/** Of answers that are the same for everybody; nobody's own. */
export const publicScope = 'public'
