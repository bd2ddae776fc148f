import { and, eq } from 'drizzle-orm'
import type { Context } from '../../context.ts'
import { type KycStatus, kycApplications } from '../../db/schema/kyc.ts'
import { NotFoundError } from '../../errors.ts'
import type { KycStatusPayload } from '../../events.ts'
import { placeIn } from '../../log/cursor.ts'
import type { LoggedEvent } from '../../log/event.ts'
import { followed } from '../../log/feed.ts'
import { authorize, mayView } from '../../permissions.ts'
import { visibleKycApplications } from './application.ts'

type Input = { applicationId: string | null; statuses: readonly KycStatus[] | null; after: string | null }
export type KycStatusEvent = LoggedEvent & { payload: KycStatusPayload }

/** Changes of status of the applications that the viewer may see at the moment of the event, not at that of subscribing. */
export async function followKycStatusChanges(ctx: Context, input: Input) {
  authorize(ctx.viewer, 'kyc:read')
  if (input.applicationId) await assertVisible(ctx, input.applicationId)
  return followed<KycStatusEvent>({
    stream: 'kyc',
    after: input.after === null ? null : placeIn(input.after, 'kyc'),
    concerns: (event) => isStatusEvent(event) && matches(event, input),
    select(viewer, event) {
      if (!isStatusEvent(event)) return []
      authorize(viewer, 'kyc:read')
      const { userId, to } = event.payload
      return mayView(viewer, { userId, submitted: to !== 'draft' }) ? [event] : []
    },
    subjectsOf: ({ payload }) => (typeof payload.userId === 'string' ? [payload.userId] : []),
  })
}

const isStatusEvent = (event: LoggedEvent): event is KycStatusEvent => 'changeId' in event.payload

const matches = (event: KycStatusEvent, { applicationId, statuses }: Input) =>
  (!applicationId || event.subjectId === applicationId) && (!statuses || statuses.includes(event.payload.to))

async function assertVisible(ctx: Context, id: string) {
  const [found] = await ctx.db
    .select({ id: kycApplications.id })
    .from(kycApplications)
    .where(and(eq(kycApplications.id, id), visibleKycApplications(ctx.viewer)(kycApplications)))
  if (!found) throw new NotFoundError('The application')
}
