import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'

export type Call = { id: number; method: string; params: unknown[] }
/** Instead of the node's answer: an error or a result in its name, a body that is none, a delay before the node is asked. */
type Behaviour = {
  error?: { code: number; message: string }
  result?: unknown
  status?: number
  body?: string
  delayMs?: number
  hangUp?: true
}
type Behave = (call: Call, ask: () => Promise<unknown>) => Behaviour | null | Promise<Behaviour | null>

/** A way to a node's JSON-RPC on which anything can go wrong. */
export async function startNodeProxy(target: string) {
  let behave: Behave = () => null
  const calls: Call[] = []

  const ask = async (call: Call) => {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(target, { method: 'POST', headers, body: JSON.stringify(call) })
    return (await response.json()) as { result?: unknown; error?: unknown }
  }

  async function answer(call: Call, res: ServerResponse) {
    calls.push(call)
    const done = await behave(call, async () => (await ask(call)).result)
    if (done?.hangUp) return res.destroy()
    if (done?.delayMs) await sleep(done.delayMs, undefined, { ref: false })
    const isGiven = done && (done.error !== undefined || 'result' in done)
    const given = isGiven ? { ...(done.error ? { error: done.error } : { result: done.result }) } : await ask(call)
    res.writeHead(done?.status ?? 200, { 'content-type': 'application/json' })
    res.end(done?.body ?? JSON.stringify({ ...given, jsonrpc: '2.0', id: call.id }))
  }

  const server = createServer((req, res) => {
    json(req)
      .then((call) => answer(call as Call, res))
      .catch(() => res.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    behave(next: Behave) {
      behave = next
    },
    mend() {
      behave = () => null
    },
    async stop() {
      server.close()
      server.closeAllConnections()
    },
  }
}
