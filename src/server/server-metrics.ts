import { readCounts } from '../schema/read/plans.ts'
import type { Services } from '../services.ts'

/** What the sockets of a process count. */
export type SocketCounts = { subscriptions: number; deliveries: number }

/** Codes that we, the protocol or a browser give. Clients may say any of three thousand others. */
const closeCodes = new Set([
  1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1011, 1013, 4400, 4401, 4403, 4405, 4406, 4408, 4409, 4410, 4413,
  4420, 4429, 4500,
])
export const closeLabel = (code: number) => (closeCodes.has(code) ? String(code) : 'other')

type Sockets = { counts: SocketCounts; open: () => number }

/** What the server knows of itself, read when Prometheus asks. */
export function readServer({ metrics: { read }, answers }: Services, { counts, open }: Sockets) {
  read('gauge', { name: 'gatehouse_sockets', help: 'WebSockets that are open' }, () => [[{}, open()]])
  read('gauge', { name: 'gatehouse_subscriptions', help: 'Subscriptions that are open on them' }, () => [
    [{}, counts.subscriptions],
  ])
  read('counter', { name: 'gatehouse_deliveries_total', help: 'Answers of subscriptions that were sent' }, () => [
    [{}, counts.deliveries],
  ])
  const kept = { entries: 'Answers that are kept', bytes: 'Bytes of them', flights: 'Answers that are being made' }
  for (const [what, help] of Object.entries(kept)) {
    read('gauge', { name: `gatehouse_cache_${what}`, help }, () => [[{}, answers.kept()[what as keyof typeof kept]]])
  }
  read('counter', { name: 'gatehouse_compiled_reads_total', help: 'Root fields by how they were read' }, () =>
    Object.entries(readCounts).map(([result, count]) => [{ result }, count] as const),
  )
}
