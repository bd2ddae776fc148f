import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { withFailures } from '../auth/failures.ts'
import { addressHeader } from '../auth/index.ts'
import { AppError, type ErrorCode } from '../errors.ts'
import { announceAccounts } from '../log/announce.ts'
import type { Cursor } from '../log/cursor.ts'
import type { Services } from '../services.ts'
import { sendJson, sendResponse } from './answer.ts'
import { readBody } from './body.ts'
import type { ClientAddress } from './client-address.ts'
import { tellPosition } from './position.ts'

/** How long the answer of a sign-out waits until this process has forgotten the session. */
const announceMs = 300

/** How long these take at least: whether there is an account must not show in the time. Better Auth does so for a fourth. */
const evenMs = 500
const evenPaths = ['change-email', 'request-password-reset', 'sign-up/email'].map((path) => `/api/auth/${path}`)

const codes: Record<number, ErrorCode> = {
  400: 'BAD_USER_INPUT',
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  409: 'CONFLICT',
  413: 'PAYLOAD_TOO_LARGE',
  422: 'BAD_USER_INPUT',
}

/** Better Auth's words for a request that a foreign page may have sent. */
const forged = new Set<string | undefined>([
  'INVALID_ORIGIN',
  'MISSING_OR_NULL_ORIGIN',
  'CROSS_SITE_NAVIGATION_LOGIN_BLOCKED',
])

/** `/api/auth/*` is Better Auth's. It learns the client's address from us only, and its errors get the form of ours. */
export const createAuthRoute =
  (services: Services, clientAddress: ClientAddress) =>
  async (req: IncomingMessage, res: ServerResponse, requestId: string) => {
    const { auth, config, publicUrl } = services
    delete req.headers[addressHeader]
    const hasBody = req.method !== 'GET' && req.method !== 'HEAD'
    const body = hasBody ? await readBody(req, config.server.maxBodyBytes) : undefined
    const headers = new Headers(Object.entries(req.headers).map(([name, value]) => [name, String(value)]))
    headers.set(addressHeader, clientAddress(req))
    // Node's fetch sends this and no Origin; Better Auth takes it for a browser that hides where it comes from.
    if (!headers.has('sec-fetch-site')) headers.delete('sec-fetch-mode')
    const url = new URL(`${publicUrl}${req.url}`)
    const request = new Request(url, { method: req.method ?? 'GET', headers, body: body || null })
    const answered = withFailures(() => auth.handler(request))
    const isEven = services.mail.reachesPeople && evenPaths.includes(url.pathname)
    const [response] = await Promise.all([answered, isEven && sleep(evenMs)])
    // Asked for often, and changes nothing that others need to know.
    if (url.pathname !== '/api/auth/get-session') await announce(services, res)
    if (response.status < 400) return sendResponse(res, response)
    await sendAuthError(res, response, requestId)
  }

/** As a mutation does, the answer says up to where it wrote. */
async function announce(services: Services, res: ServerResponse) {
  const written: Cursor = {}
  const announced = announceAccounts({ services, written }).catch((error: unknown) =>
    services.logger.debug({ err: error }, 'events of accounts were not announced'),
  )
  await Promise.race([announced, sleep(announceMs, undefined, { ref: false })])
  tellPosition(res, { written, services })
}

/** Better Auth's clients read `code` and `message`; whoever reads the errors of GraphQL reads `errors`. */
async function sendAuthError(res: ServerResponse, response: Response, requestId: string) {
  if (response.status >= 500) throw new AppError('INTERNAL', 'Something went wrong.')
  const said = (await response.json().catch(() => null)) as { code?: string; message?: string } | null
  const code = forged.has(said?.code) ? 'CSRF_REJECTED' : (codes[response.status] ?? 'BAD_USER_INPUT')
  const message = said?.message ?? 'There is nothing of this name here.'
  sendJson(res, response.status, {
    code: said?.code ?? code,
    message,
    errors: [{ message, extensions: { code, requestId } }],
  })
}
