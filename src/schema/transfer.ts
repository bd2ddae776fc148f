import { transferKinds } from '../db/schema/transfer.ts'
import { transfersTag } from '../log/tags.ts'
import { readTransfers } from '../resolvers/transfer/list.ts'
import type { TokenTransfer as Transfer } from '../resolvers/transfer/transfer.ts'
import { builder } from './builder.ts'
import { enumValuesOf } from './enums.ts'
import { connectionOf, decodeKey, encodeKey, type KeysetOrder, pageOf } from './keyset.ts'
import { needs } from './permission.ts'
import { narrowedBy, reads } from './tags.ts'

const TransferKind = builder.enumType('TransferKind', {
  description: 'MINT comes from, BURN goes to the zero address.',
  values: enumValuesOf(transferKinds),
})

export const TokenTransfer = builder.objectRef<Transfer>('TokenTransfer').implement({
  description:
    'A Transfer event of a token’s contract (ERC-20, ERC-3643). Once recorded it never changes but for `retracted`.',
  extensions: reads('transfers'),
  interfaces: [builder.nodeInterfaceRef()],
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'isRetracted' in value,
  fields: (t) => ({
    id: t.exposeID('id', {}),
    chainId: t.expose('chainId', { type: 'ChainId', description: 'The chain, EIP-155.' }),
    token: t.expose('token', { type: 'EvmAddress', description: 'The token’s contract.' }),
    kind: t.expose('kind', { type: TransferKind, description: 'By sender and receiver.' }),
    from: t.expose('from', { type: 'EvmAddress', description: 'The sender; of a mint the zero address.' }),
    to: t.expose('to', { type: 'EvmAddress', description: 'The receiver; of a burn the zero address.' }),
    amount: t.expose('amount', {
      type: 'BigInt',
      description: 'In the token’s smallest unit: divide by 10 to the power of its `decimals`.',
    }),
    blockNumber: t.expose('blockNumber', { type: 'BigInt', description: 'The height of the block.' }),
    blockHash: t.expose('blockHash', { type: 'Hash', description: 'The block that it was mined in.' }),
    transactionHash: t.expose('transactionHash', { type: 'Hash', description: 'The transaction that made it.' }),
    logIndex: t.exposeInt('logIndex', { description: 'Its place among the logs of the block, from 0.' }),
    timestamp: t.expose('timestamp', { type: 'DateTime', description: 'Of the block.' }),
    retracted: t.boolean({
      description:
        'Its block left the canonical chain: it did not happen. Mined again in another block it is another transfer; should this block come back, it is no longer retracted.',
      resolve: (transfer) => transfer.isRetracted(),
    }),
  }),
})

const TokenTransferConnection = builder.connectionObject(
  {
    type: TokenTransfer,
    name: 'TokenTransferConnection',
    description: 'A page of transfers (Relay Cursor Connections).',
  },
  { name: 'TokenTransferEdge' },
)

export const TokenTransferFilter = builder.inputType('TokenTransferFilter', {
  description: 'All that are given must hold.',
  fields: (t) => ({
    chainId: t.field({ type: 'ChainId', description: 'On this chain.' }),
    token: t.field({ type: 'EvmAddress', description: 'Of this token, on any chain where its address is the same.' }),
    account: t.field({ type: 'EvmAddress', description: 'Sent or received by this address.' }),
  }),
})

const ofToken = ({ filter }: { filter?: unknown }) => {
  const { chainId, token } = (filter ?? {}) as { chainId?: unknown; token?: unknown }
  const isOfOne = typeof chainId === 'number' && typeof token === 'string'
  return isOfOne ? [transfersTag(chainId, token.toLowerCase())] : null
}

const order: KeysetOrder = { column: 'timestamp', direction: 'desc' }

builder.queryFields((t) => ({
  tokenTransfers: t.connection(
    {
      type: TokenTransfer,
      ...needs('transfer:read', narrowedBy(ofToken)),
      description: 'Transfers, newest first by the time of their block; retracted ones are among them and say so.',
      args: { filter: t.arg({ type: TokenTransferFilter, description: 'Which of them; all when absent.' }) },
      resolve: async (_root, args, ctx) => {
        const page = pageOf(args)
        const found = await readTransfers(ctx, {
          filter: args.filter ?? {},
          after: page.after === null ? null : decodeKey(order, page.after, 'after'),
          before: page.before === null ? null : decodeKey(order, page.before, 'before'),
          backward: page.backward,
          limit: page.size + 1,
        })
        return connectionOf(found, page, ({ timestamp, id }) => encodeKey(order, { at: timestamp, id })) as never
      },
    },
    TokenTransferConnection,
  ),
}))
