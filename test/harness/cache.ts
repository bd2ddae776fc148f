import { expect, vi } from 'vitest'
import type { Stack } from './gateway.ts'

export type Asked = string | { query: string; variables?: object; operationName?: string }
type Body = { data: Record<string, unknown> | null; errors?: { extensions: { code: string; requestId: string } }[] }

/** An answer with what the cache says of it. */
export async function askAt({ url }: { url: string }, asked: Asked, credential: Record<string, string> = {}) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...credential },
    body: JSON.stringify(typeof asked === 'string' ? { query: asked } : asked),
  })
  const { status, headers } = response
  const text = await response.text()
  const { data, errors } = JSON.parse(text) as Body
  return { cache: headers.get('x-cache'), age: headers.get('age'), status, headers, text, data, errors }
}

/** A gateway that has nothing in memory, and knows enough of the log to use what is kept. */
export async function startKnowing(stack: Stack, ...options: Parameters<Stack['startGateway']>) {
  const gateway = await stack.startGateway(...options)
  await vi.waitFor(() => expect(gateway.services.answers.isReady()).toBe(true), 30_000)
  return gateway
}
