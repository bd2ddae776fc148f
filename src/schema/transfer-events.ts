import { encodeCursor } from '../log/cursor.ts'
import { followTokenTransfers, type TransferEvent, transferOfEvent } from '../resolvers/transfer/follow.ts'
import { builder } from './builder.ts'
import { TokenTransfer, TokenTransferFilter } from './transfer.ts'

const TokenTransferEventKind = builder.enumType('TokenTransferEventKind', {
  description: 'RECORDED: it happened. RETRACTED: its block left the canonical chain.',
  values: { RECORDED: { value: 'transfer.recorded' }, RETRACTED: { value: 'transfer.retracted' } },
})

const TokenTransferEventType = builder.objectRef<TransferEvent>('TokenTransferEvent').implement({
  description: 'A transfer that was recorded or retracted.',
  fields: (t) => ({
    cursor: t.string({
      description: 'Where this event stands in the log: subscribe with `after` to go on from here.',
      resolve: (event) => encodeCursor({ transfers: event }),
    }),
    kind: t.field({
      type: TokenTransferEventKind,
      description: 'What happened to it. Count by this: `transfer` is shown as it is now.',
      resolve: (event) => event.type as 'transfer.recorded' | 'transfer.retracted',
    }),
    transfer: t.field({
      type: TokenTransfer,
      description: 'The transfer, as it is now.',
      resolve: (event, _args, { services }) => transferOfEvent(event, services.retractions),
    }),
  }),
})

builder.subscriptionFields((t) => ({
  tokenTransfers: t.field({
    type: TokenTransferEventType,
    // Asked of every event by what it follows: the plugin would keep the context of each one for a while.
    extensions: { permission: 'transfer:read', standsInEvent: true },
    description: 'Transfers as they are recorded and retracted, in the order of the log.',
    args: {
      filter: t.arg({ type: TokenTransferFilter, description: 'Which of them; all when absent.' }),
      after: t.arg.string({
        description: 'A cursor: first replay what came after it. RESYNC_REQUIRED when the log does not hold it.',
      }),
    },
    subscribe: (_root, { filter, after }, ctx) =>
      followTokenTransfers(ctx, { filter: filter ?? {}, after: after ?? null }),
    resolve: (event) => event,
  }),
}))
