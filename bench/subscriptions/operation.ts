/** What every subscriber asks of every server: the contract's subscription, with all that a transfer has. */
export const query = `subscription Transfers($token: EvmAddress!) {
  tokenTransfers(filter: { token: $token }) {
    cursor
    kind
    transfer {
      id chainId token kind from to amount blockNumber blockHash transactionHash logIndex timestamp retracted
    }
  }
}`

/** The part of the contract that it takes. Scalars are passed on as they are: the least that a server can do with them. */
export const typeDefs = `
  scalar BigInt
  scalar ChainId
  scalar DateTime
  scalar EvmAddress
  scalar Hash
  enum TransferKind { TRANSFER MINT BURN }
  enum TokenTransferEventKind { RECORDED RETRACTED }
  type TokenTransfer {
    id: ID!
    chainId: ChainId!
    token: EvmAddress!
    kind: TransferKind!
    from: EvmAddress!
    to: EvmAddress!
    amount: BigInt!
    blockNumber: BigInt!
    blockHash: Hash!
    transactionHash: Hash!
    logIndex: Int!
    timestamp: DateTime!
    retracted: Boolean!
  }
  type TokenTransferEvent { cursor: String! kind: TokenTransferEventKind! transfer: TokenTransfer! }
  input TokenTransferFilter { chainId: ChainId token: EvmAddress account: EvmAddress }
  type Query { ok: Boolean }
  type Subscription { tokenTransfers(filter: TokenTransferFilter): TokenTransferEvent! }
`
export type Arguments = { filter: { token: string } }

/** One channel a topic. */
export const channelOf = (token: string) => `transfers:${token}`
