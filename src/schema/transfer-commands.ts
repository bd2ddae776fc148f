import { recordTokenTransfers } from '../resolvers/transfer/record.ts'
import { retractTokenTransfers } from '../resolvers/transfer/retract.ts'
import { builder } from './builder.ts'
import { needs } from './permission.ts'

const TokenTransferInput = builder.inputType('TokenTransferInput', {
  description: 'A Transfer event as its block has it.',
  fields: (t) => ({
    chainId: t.field({ type: 'ChainId', required: true, description: 'The chain, EIP-155.' }),
    token: t.field({ type: 'EvmAddress', required: true, description: 'The token’s contract.' }),
    from: t.field({ type: 'EvmAddress', required: true, description: 'The sender; the zero address: a mint.' }),
    to: t.field({ type: 'EvmAddress', required: true, description: 'The receiver; the zero address: a burn.' }),
    amount: t.field({ type: 'BigInt', required: true, description: 'In the token’s smallest unit.' }),
    blockNumber: t.field({ type: 'BigInt', required: true, description: 'At most 2^63 - 1.' }),
    blockHash: t.field({ type: 'Hash', required: true, description: 'The block that it was mined in.' }),
    transactionHash: t.field({ type: 'Hash', required: true, description: 'The transaction that made it.' }),
    logIndex: t.int({ required: true, description: 'Its place among the logs of the block, from 0.' }),
    timestamp: t.field({
      type: 'DateTime',
      required: true,
      description: 'Of the block; from 1970 to 15 minutes from now.',
    }),
  }),
})
const RecordInput = builder.inputType('RecordTokenTransfersInput', {
  fields: (t) => ({
    transfers: t.field({ type: [TokenTransferInput], required: true, description: 'At most 500, in any order.' }),
  }),
})
const RetractInput = builder.inputType('RetractTokenTransfersInput', {
  fields: (t) => ({
    chainId: t.field({ type: 'ChainId', required: true, description: 'The chain that the blocks were of.' }),
    blockHashes: t.field({
      type: ['Hash'],
      required: true,
      description: 'Blocks that left the canonical chain, at most 500. A block without transfers is no fault.',
    }),
  }),
})

const cursorDescription =
  'The place in the log after the last event of this call, or the end of the log when it left none: subscribe with `after` to hear what comes next.'

const RecordPayload = builder
  .objectRef<Awaited<ReturnType<typeof recordTokenTransfers>>>('RecordTokenTransfersPayload')
  .implement({
    fields: (t) => ({
      recorded: t.exposeInt('recorded', {
        description: 'How many were new, or had been retracted and are back. Each is an event.',
      }),
      duplicates: t.exposeInt('duplicates', { description: 'How many were stored already, or named twice.' }),
      eventCursor: t.exposeString('eventCursor', { description: cursorDescription }),
    }),
  })
const RetractPayload = builder
  .objectRef<Awaited<ReturnType<typeof retractTokenTransfers>>>('RetractTokenTransfersPayload')
  .implement({
    fields: (t) => ({
      retracted: t.exposeInt('retracted', { description: 'How many transfers were retracted. Each is an event.' }),
      eventCursor: t.exposeString('eventCursor', { description: cursorDescription }),
    }),
  })

builder.mutationFields((t) => ({
  recordTokenTransfers: t.field({
    type: RecordPayload,
    ...needs('transfer:write'),
    description:
      'For an indexer. A transfer is its chainId, blockHash and logIndex: sending one again changes nothing. Mined again in another block, it is another transfer; one that was retracted and whose block is canonical again is recorded anew. All are recorded, in the order of the chain, or none: CONFLICT when another log is stored in the place of one.',
    args: { input: t.arg({ type: RecordInput, required: true }) },
    resolve: (_root, { input }, ctx) => recordTokenTransfers(ctx, input),
  }),
  retractTokenTransfers: t.field({
    type: RetractPayload,
    ...needs('transfer:write'),
    description:
      'For an indexer, after a reorganisation: every transfer of these blocks did not happen. Sending a block again changes nothing.',
    args: { input: t.arg({ type: RetractInput, required: true }) },
    resolve: (_root, { input }, ctx) => retractTokenTransfers(ctx, input),
  }),
}))
