import { type OutgoingHttpHeaders, request } from 'node:http'
import type { TestGateway } from './gateway.ts'

export type GraphQLBody = {
  data?: Record<string, unknown> | null
  errors?: { message: string; path?: string[]; extensions: { code: string; requestId: string; fields?: unknown } }[]
}

/** POST /graphql as it stands, with any header. */
export async function postGraphQL(gateway: TestGateway, body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return { status: response.status, headers: response.headers, body: (await response.json()) as GraphQLBody }
}

type RawRequest = { path: string; headers: OutgoingHttpHeaders; chunks?: Iterable<Buffer> }

/** A POST that says and sends exactly this, and ends when it is answered, not before. */
export const postRaw = (gateway: TestGateway, { path, headers, chunks = [] }: RawRequest) =>
  new Promise<{ status: number; body: GraphQLBody; bytesSent: number }>((resolve, reject) => {
    const { port } = new URL(gateway.url)
    let bytesSent = 0
    const sent = request({ host: '127.0.0.1', port, path, method: 'POST', headers }, (answer) => {
      const parts: Buffer[] = []
      answer.on('data', (part: Buffer) => parts.push(part))
      answer.on('end', () => {
        sent.destroy()
        resolve({ status: answer.statusCode ?? 0, body: JSON.parse(Buffer.concat(parts).toString()), bytesSent })
      })
    })
    sent.on('error', reject)
    sent.flushHeaders()
    for (const chunk of chunks) {
      bytesSent += chunk.length
      sent.write(chunk)
    }
  })

/** The session cookie of somebody who signs in as a browser does. */
export async function cookieOf(gateway: TestGateway, person: { email: string; password: string }) {
  const response = await fetch(`${gateway.url}/api/auth/sign-in/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: gateway.url },
    body: JSON.stringify({ email: person.email, password: person.password }),
  })
  const cookie = response.headers.getSetCookie().find((text) => text.includes('session_token'))
  if (!cookie) throw new Error(`sign-in gave no cookie: ${response.status}`)
  return cookie.split(';', 1)[0]!
}
