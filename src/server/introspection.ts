import { ForbiddenError } from '../errors.ts'
import { may, permissions, type Viewer } from '../permissions.ts'
import { selecting } from './root-field.ts'

export const asksForSchema = selecting('__schema', '__type')

/** Where there is GraphiQL anybody may explore. Where there is none the schema is for those who have the right to it. */
export function assertMayExplore(viewer: Viewer) {
  if (!may(viewer, 'schema:introspect')) throw new ForbiddenError(permissions['schema:introspect'].hint)
}
