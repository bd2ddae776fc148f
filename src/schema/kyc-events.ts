import { encodeCursor } from '../log/cursor.ts'
import { followKycStatusChanges, type KycStatusEvent } from '../resolvers/kyc/follow.ts'
import { builder } from './builder.ts'
import { KycApplication, KycStatus, KycStatusChange } from './kyc.ts'
import { needs } from './permission.ts'

const KycStatusEventType = builder.objectRef<KycStatusEvent>('KycStatusEvent').implement({
  description: 'A step of an application’s status, as it happened.',
  fields: (t) => ({
    cursor: t.string({
      description: 'Where this event stands in the log: subscribe with `after` to go on from here.',
      resolve: (event) => encodeCursor({ kyc: event }),
    }),
    change: t.drizzleField({
      type: KycStatusChange,
      description: 'The step.',
      resolve: (query, event, _args, ctx) =>
        ctx.db.query.kycStatusChanges.findFirst(query({ where: { id: event.payload.changeId } })) as never,
    }),
    application: t.drizzleField({
      type: KycApplication,
      description: 'The application, as it is now.',
      resolve: (query, event, _args, ctx) =>
        ctx.db.query.kycApplications.findFirst(query({ where: { id: event.subjectId! } })) as never,
    }),
  }),
})

builder.subscriptionFields((t) => ({
  kycStatusChanges: t.field({
    type: KycStatusEventType,
    ...needs('kyc:read'),
    description: 'One’s own applications; to compliance and admins all that were submitted.',
    args: {
      applicationId: t.arg.id({ description: 'Of this application only.' }),
      statuses: t.arg({ type: [KycStatus], description: 'Only steps to one of these.' }),
      after: t.arg.string({
        description: 'A cursor: first replay what came after it. RESYNC_REQUIRED when the log does not hold it.',
      }),
    },
    subscribe: (_root, { applicationId, statuses, after }, ctx) =>
      followKycStatusChanges(ctx, {
        applicationId: applicationId ?? null,
        statuses: statuses ?? null,
        after: after ?? null,
      }),
    resolve: (event) => event,
  }),
}))
