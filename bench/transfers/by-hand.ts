import pg from 'pg'
import { newId } from '../../src/ids.ts'
import type { Database } from '../services.ts'
import { createLogs, type Log } from './logs.ts'

const insert = {
  name: 'insert',
  text: `insert into token_transfers
    (id, kind, chain_id, token, "from", "to", amount, block_number, block_hash, transaction_hash, log_index, timestamp)
    select * from unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::numeric[],
      $8::bigint[], $9::text[], $10::text[], $11::integer[], $12::timestamptz[])
    on conflict (chain_id, block_hash, log_index) do nothing`,
}
const append = { name: 'append', text: `select max(position) from append_events('transfers', $1::jsonb)` }

function eventOf(id: string, { timestamp, ...log }: Log) {
  const payload = { ...log, kind: 'transfer', timestamp: Date.parse(timestamp) }
  const tags = ['transfers', `transfers:${log.chainId}:${log.token}`]
  return { type: 'transfer.recorded', subjectId: id, actorId: null, tags, payload }
}

/** The least that has to be done: the same rows and events, in one transaction of prepared statements, unchecked. */
async function record(client: pg.Client, count: number) {
  const logs = createLogs(count)
  const ids = logs.map(() => newId('tokenTransfer'))
  const column = (name: keyof Log) => logs.map((log) => log[name])
  await client.query('begin')
  await client.query({
    ...insert,
    values: [
      ids,
      logs.map(() => 'transfer'),
      ...(['chainId', 'token', 'from', 'to', 'amount', 'blockNumber'] as const).map(column),
      ...(['blockHash', 'transactionHash', 'logIndex', 'timestamp'] as const).map(column),
    ],
  })
  const events = logs.map((log, index) => eventOf(ids[index]!, log))
  await client.query({ ...append, values: [JSON.stringify(events)] })
  await client.query('commit')
}

/** As the gateway's own role, on as many connections as there are writers at once. */
export async function byHand({ url }: Database, connections: number) {
  const clients = Array.from({ length: connections }, () => new pg.Client(url))
  await Promise.all(clients.map((client) => client.connect()))
  const idle = [...clients]
  return {
    async record(count: number) {
      const client = idle.pop()!
      await record(client, count)
      idle.push(client)
    },
    async stop() {
      await Promise.all(clients.map((client) => client.end()))
    },
  }
}
