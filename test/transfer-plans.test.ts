import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { TransfersQueryVariables } from './graphql/graphql.ts'
import { type Person, people, type Stack, startStack, type TestGateway } from './harness/index.ts'
import { transferOperations } from './harness/transfer.ts'

const statements: { sql: string; parameters: unknown[] }[] = []
let stack: Stack
let gateway: TestGateway
let reader: Person

beforeAll(async () => {
  stack = await startStack()
  gateway = await stack.startGateway({}, { onQuery: (sql, parameters) => statements.push({ sql, parameters }) })
  reader = await people(gateway).investor()
  const client = new pg.Client(stack.database.superuserUrl)
  await client.connect()
  // 60,000 transfers of 50 tokens and 4,000 accounts on 4 chains.
  await client.query(`
    insert into token_transfers (id, chain_id, token, kind, "from", "to", amount, block_number, block_hash, transaction_hash, log_index, timestamp)
      select 'transfer_' || lpad(n::text, 26, '0'), case when n % 500 = 0 then 9 else 1 + n % 3 end, ${addressOf('n % 50')}, 'transfer', ${addressOf('1000 + n % 4000')},
        ${addressOf('1000 + (n * 7 + 1) % 4000')}, n, n, '0x' || lpad(to_hex(n), 64, '0'), '0x' || lpad(to_hex(n), 64, '0'), 0,
        now() - n * interval '12 seconds' from generate_series(1, 60000) n;
    analyze token_transfers;`)
  await client.end()
})
afterAll(() => stack.stop())

const addressOf = (n: string) => `'0x' || lpad(to_hex(${n}), 40, '0')`
const hexOf = (n: number) => `0x${n.toString(16).padStart(40, '0')}`

type Plan = { 'Node Type': string; 'Index Name'?: string; 'Actual Rows': number; Plans?: Plan[] }

/** The plans of what a query asks, and how many rows of the table were looked at. */
async function plansOf(variables: TransfersQueryVariables) {
  statements.length = 0
  const { tokenTransfers } = await reader.get(transferOperations.list, variables)
  const asked = statements.filter(({ sql }) => sql.includes('token_transfers'))
  expect(asked).toHaveLength(1)
  const { rows } = await gateway.services.pool.query<{ 'QUERY PLAN': { Plan: Plan }[] }>(
    `explain (format json, analyze) ${asked[0]!.sql}`,
    asked[0]!.parameters,
  )
  const walk = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(walk)]
  const scans = walk(rows[0]!['QUERY PLAN'][0]!.Plan).filter((plan) => plan['Node Type'].includes('Scan'))
  return {
    endCursor: tokenTransfers.pageInfo.endCursor ?? null,
    found: tokenTransfers.nodes.length,
    indexes: scans.map((plan) => plan['Index Name'] ?? plan['Node Type']).sort(),
    rows: scans.reduce((sum, plan) => sum + plan['Actual Rows'], 0),
  }
}

const account = hexOf(1_042)
it.each<[string, TransfersQueryVariables['filter'], string[]]>([
  ['all', {}, ['token_transfers_timestamp_idx']],
  ['of a chain that has few', { chainId: 9 }, ['token_transfers_chain_id_idx']],
  ['of a token', { token: hexOf(7) }, ['token_transfers_token_idx']],
  ['of a token on a chain', { token: hexOf(7), chainId: 2 }, ['token_transfers_token_idx']],
  ['of an account', { account }, ['token_transfers_from_idx', 'token_transfers_to_idx']],
])('transfers %s are read in the order of an index, a page of them and no more', async (_name, filter, indexes) => {
  const first = await plansOf({ first: 10, filter })
  const { length } = indexes
  expect(first).toMatchObject({ indexes })
  expect(first.rows).toBeLessThanOrEqual(11 * length)
  if (first.found === 10) {
    const second = await plansOf({ first: 10, filter, after: first.endCursor })
    expect(second).toMatchObject({ indexes })
    expect(second.rows).toBeLessThanOrEqual(11 * length)
    expect(await plansOf({ last: 10, filter })).toMatchObject({ indexes })
  }
})

it.each<[string, TransfersQueryVariables['filter']]>([
  ['of a chain that has many', { chainId: 2 }],
  ['of an account on a chain', { account, chainId: 2 }],
  ['of an account in a token', { account, token: hexOf(42) }],
])('transfers %s are not looked for from end to end', async (_name, filter) => {
  const { indexes, rows } = await plansOf({ first: 10, filter })
  expect(indexes).not.toContain('Seq Scan')
  expect(rows).toBeLessThan(200)
})
