import type { Context } from '../../context.ts'
import type { TransferPayload } from '../../events.ts'
import { placeIn } from '../../log/cursor.ts'
import type { LoggedEvent } from '../../log/event.ts'
import { followed } from '../../log/feed.ts'
import { authorize } from '../../permissions.ts'
import type { TransferFilter } from './list.ts'
import type { Retractions } from './retractions.ts'
import type { TokenTransfer } from './transfer.ts'

export type TransferEvent = LoggedEvent & { payload: TransferPayload }

/** Transfers as they are recorded and retracted, to whoever may read transfers at the moment of the event. */
export function followTokenTransfers(
  ctx: Context,
  { filter, after }: { filter: TransferFilter; after: string | null },
) {
  authorize(ctx.viewer, 'transfer:read')
  return followed<TransferEvent>({
    stream: 'transfers',
    after: after === null ? null : placeIn(after, 'transfers'),
    concerns: (event) => isTransferEvent(event) && matches(event.payload, filter),
    select(viewer, event) {
      authorize(viewer, 'transfer:read')
      return isTransferEvent(event) ? [event] : []
    },
  })
}

/** What was transferred stands in the event: it never changes. */
export const transferOfEvent = (event: TransferEvent, retractions: Retractions): TokenTransfer => ({
  ...event.payload,
  id: event.subjectId!,
  timestamp: new Date(event.payload.timestamp),
  isRetracted: () => retractions.isRetracted(event),
})

const isTransferEvent = (event: LoggedEvent): event is TransferEvent =>
  event.type === 'transfer.recorded' || event.type === 'transfer.retracted'

const matches = ({ chainId, token, from, to }: TransferPayload, filter: TransferFilter) =>
  (filter.chainId == null || filter.chainId === chainId) &&
  (filter.token == null || filter.token === token) &&
  (filter.account == null || filter.account === from || filter.account === to)
