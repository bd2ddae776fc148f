import { APIError, createAuthMiddleware } from 'better-auth/api'
import { nameFault } from '../resolvers/input.ts'

const paths = ['/sign-up/email', '/update-user']

/** What people may say of themselves. A name is read by reviewers; a picture is uploaded, not pointed at. */
export const checkProfile = createAuthMiddleware(async ({ path, body }) => {
  if (!paths.includes(path) || typeof body !== 'object' || body === null) return
  const { name, image } = body as { name?: unknown; image?: unknown }
  if (image !== undefined)
    throw new APIError('BAD_REQUEST', { code: 'INVALID_IMAGE', message: 'An image is not set here.' })
  // Nobody has to give a name.
  if (name === undefined || name === '') return
  const fault = typeof name === 'string' ? nameFault('name', name) : { path: 'name', message: 'Must be a string.' }
  if (fault) throw new APIError('BAD_REQUEST', { code: 'INVALID_NAME', message: `${fault.path}: ${fault.message}` })
})
