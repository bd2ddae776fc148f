import { randomBytes } from 'node:crypto'
import { createContext } from '../../src/context.ts'
import type { TransferLog } from '../../src/resolvers/transfer/transfer.ts'
import type { Services } from '../../src/services.ts'
import { graphql } from '../graphql/index.ts'

const record = graphql(`
  mutation RecordTransfers($transfers: [TokenTransferInput!]!) {
    recordTokenTransfers(input: { transfers: $transfers }) { recorded duplicates eventCursor }
  }
`)
const retract = graphql(`
  mutation RetractTransfers($chainId: ChainId!, $blockHashes: [Hash!]!) {
    retractTokenTransfers(input: { chainId: $chainId, blockHashes: $blockHashes }) { retracted eventCursor }
  }
`)
const list = graphql(`
  query Transfers($first: Int, $after: String, $last: Int, $before: String, $filter: TokenTransferFilter) {
    tokenTransfers(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      nodes { id chainId token kind from to amount blockNumber blockHash transactionHash logIndex timestamp retracted }
    }
  }
`)
const follow = graphql(`
  subscription FollowTransfers($filter: TokenTransferFilter, $after: String) {
    tokenTransfers(filter: $filter, after: $after) {
      cursor kind
      transfer { id chainId token kind from to amount blockNumber blockHash transactionHash logIndex timestamp retracted }
    }
  }
`)
export const transferOperations = { record, retract, list, follow }

/** An indexer below HTTP: what a key with the scope transfers:write may do. */
export const indexerOn = (services: Services) =>
  createContext({
    services,
    viewer: {
      kind: 'apiKey',
      id: 'apikey_01k00000000000000000000000',
      ownerId: 'user_01k00000000000000000000000',
      scopes: ['transfers:write'],
      plan: 'standard',
      expiresAt: Number.POSITIVE_INFINITY,
    },
    requestId: 'test',
    credential: null,
  })

const hex = (bytes: number) => `0x${randomBytes(bytes).toString('hex')}`
export const address = () => hex(20)
export const hash = () => hex(32)
export const zero = `0x${'0'.repeat(40)}`

let blocks = 0

/** A log of a block that nobody has seen, unless the block is given. */
export const log = (given: Partial<TransferLog> = {}): TransferLog => ({
  chainId: 1,
  token: address(),
  from: address(),
  to: address(),
  amount: '1000000000000000000',
  blockNumber: String(++blocks),
  blockHash: hash(),
  transactionHash: hash(),
  logIndex: 0,
  timestamp: new Date(Date.UTC(2026, 0, 1) + blocks * 12_000),
  ...given,
})

/** A block with so many logs. */
export const block = (count: number, given: Partial<TransferLog> = {}) => {
  const first = log(given)
  const { blockNumber, blockHash, timestamp } = first
  const others = Array.from({ length: count - 1 }, (_, n) =>
    log({ ...given, blockNumber, blockHash, timestamp, logIndex: n + 1 }),
  )
  return [first, ...others]
}
