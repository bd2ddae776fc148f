import { setTimeout as sleep } from 'node:timers/promises'
import { type Client, createClient } from 'graphql-ws'
import { onTestFinished } from 'vitest'
import WebSocket from 'ws'
import { decodeCursor } from '../../src/log/cursor.ts'
import type { LoggedEvent } from '../../src/log/event.ts'
import type { TokenTransferFilter } from '../graphql/graphql.ts'
import { eventually } from './log.ts'

export type Entry = { position: number; hash: string; kind: string; id: string; retracted: boolean }
type Event = { cursor: string; kind: string; transfer: { id: string; retracted: boolean } }
type Options = {
  /** Gateways, by their addresses: the next one when one is gone. */
  urls: () => readonly string[]
  /** How to sign in: `authorization` or `x-api-key`. */
  credential: Record<string, string>
  filter?: TokenTransferFilter
  /** Where to begin; absent: at the end of the log, as the first gateway says it. */
  after?: string
}

const query = `subscription Ledger($filter: TokenTransferFilter, $after: String) {
  tokenTransfers(filter: $filter, after: $after) { cursor kind transfer { id retracted } }
}`
const retryMs = 50

/** graphql-ws stops listening for errors before it closes, and a socket that is closed while it connects has one to tell. */
class HeardWebSocket extends WebSocket {
  constructor(...args: ConstructorParameters<typeof WebSocket>) {
    super(...args)
    this.on('error', () => {})
  }
}

/**
 * A subscriber to transfers that writes down what it sees. Whatever ends its subscription, it comes back with its last
 * cursor, to another gateway if there is one. What it saw is to be compared with the log.
 */
export async function keepLedger({ urls, credential, filter, after }: Options) {
  const entries: Entry[] = []
  const refusals: unknown[] = []
  let cursor = after ?? (await endOfLog(urls()[0]!, credential))
  let subscriptions = 0
  let client: Client | null = null
  let stopped = false

  async function subscribe(url: string) {
    client = createClient({
      url: `${url.replace(/^http/, 'ws')}/graphql`,
      webSocketImpl: HeardWebSocket,
      connectionParams: credential,
      retryAttempts: 0,
    })
    const variables = { filter: filter ?? {}, after: cursor }
    for await (const { data, errors } of client.iterate<{ tokenTransfers: Event }>({ query, variables })) {
      if (errors?.length || !data) return void refusals.push(errors)
      const { kind, transfer } = data.tokenTransfers
      const place = decodeCursor(data.tokenTransfers.cursor).transfers!
      entries.push({ ...place, kind, ...transfer })
      cursor = data.tokenTransfers.cursor
    }
  }

  async function keep() {
    while (!stopped) {
      const given = urls()
      const url = given[subscriptions++ % given.length]!
      // Refused, cut off, gone: all the same to somebody who means to come back. Errors of GraphQL come as a list.
      await subscribe(url).catch((error: unknown) => Array.isArray(error) && refusals.push(error))
      await client?.dispose()
      if (!stopped) await sleep(retryMs)
    }
  }
  const ended = keep()

  async function stop() {
    stopped = true
    await client?.dispose()
    await ended
  }
  onTestFinished(stop)

  return {
    entries,
    /** Errors that the server answered with. */
    refusals,
    get cursor() {
      return cursor
    },
    get subscriptions() {
      return subscriptions
    },
    /** Cuts the socket without a word; the subscriber comes back by itself. */
    cut: () => client?.terminate(),
    hasSeen: (position: number) => eventually(() => entries.at(-1)?.position ?? 0).toBeGreaterThanOrEqual(position),
    stop,
  }
}

/** What a subscriber missed of these events, saw twice, saw in the wrong order, or saw as something else. */
export function compareWithLog(entries: readonly Entry[], log: readonly LoggedEvent[]) {
  const byPosition = new Map(log.map((event) => [event.position, event]))
  const counts = new Map<number, number>()
  for (const { position } of entries) counts.set(position, (counts.get(position) ?? 0) + 1)
  const isOf = (entry: Entry, event: LoggedEvent | undefined) =>
    event?.subjectId === entry.id &&
    event.hash.startsWith(entry.hash) &&
    event.type === `transfer.${entry.kind.toLowerCase()}`
  return {
    lost: [...byPosition.keys()].filter((position) => !counts.has(position)),
    repeated: [...counts].filter(([, count]) => count > 1).map(([position]) => position),
    disordered: entries.filter((entry, index) => index > 0 && entry.position < entries[index - 1]!.position),
    different: entries.filter((entry) => !isOf(entry, byPosition.get(entry.position))),
  }
}
export const nothingWrong = { lost: [], repeated: [], disordered: [], different: [] }

async function endOfLog(url: string, credential: Record<string, string>): Promise<string> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...credential },
    body: JSON.stringify({ query: '{ eventCursor }' }),
  })
  const { data } = (await response.json()) as { data: { eventCursor: string } }
  return data.eventCursor
}
