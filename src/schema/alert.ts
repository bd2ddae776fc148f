import { alertSeverities } from '../db/schema/alert.ts'
import { encodeCursor } from '../log/cursor.ts'
import {
  type SystemAlert as Alert,
  followSystemAlerts,
  raiseSystemAlert,
  type SystemAlertEvent,
} from '../resolvers/alert.ts'
import { builder } from './builder.ts'
import { enumValuesOf } from './enums.ts'
import { pageOf } from './keyset.ts'
import { needs } from './permission.ts'
import { compiledRead, readRows } from './read/index.ts'
import { reads } from './tags.ts'

const AlertSeverity = builder.enumType('AlertSeverity', {
  description:
    'INFO: good to know. WARNING: something may not work as it should. CRITICAL: something does not work, or is to be done at once.',
  values: enumValuesOf(alertSeverities),
})

const SystemAlert = builder.drizzleNode('systemAlerts', {
  name: 'SystemAlert',
  description: 'What everybody who is signed in is told. Never changed, never taken back.',
  id: { column: (alert) => alert.id },
  select: {},
  extensions: reads('alerts'),
  fields: (t) => ({
    severity: t.expose('severity', { type: AlertSeverity, description: 'How much it matters.' }),
    message: t.exposeString('message', { description: 'For people to read; plain text, perhaps of several lines.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was raised.' }),
  }),
})

builder.queryFields((t) => ({
  systemAlerts: t.field({
    type: [SystemAlert],
    ...needs('alert:read', compiledRead),
    description: 'The latest alerts, newest first.',
    args: { first: t.arg.int({ description: 'How many at most, 1 to 100; 20 when absent.' }) },
    resolve: (_root, { first }, ctx, info) =>
      readRows({
        ctx,
        info,
        table: 'systemAlerts',
        values: {},
        literals: { size: pageOf({ first }).size },
        query: (_values, _viewer, { size }) => ({ orderBy: { createdAt: 'desc', id: 'desc' }, limit: size }),
      }),
  }),
}))

const RaiseSystemAlertInput = builder.inputType('RaiseSystemAlertInput', {
  fields: (t) => ({
    severity: t.field({ type: AlertSeverity, required: true, description: 'How much it matters.' }),
    message: t.string({
      required: true,
      description: 'Plain text, 1 to 2,000 characters, line breaks among them. Everybody reads it.',
    }),
  }),
})

builder.mutationFields((t) => ({
  raiseSystemAlert: t.field({
    type: builder.objectRef<{ alert: Alert }>('RaiseSystemAlertPayload').implement({
      fields: (payload) => ({
        alert: payload.field({
          type: SystemAlert,
          description: 'As it was raised.',
          resolve: ({ alert }) => alert as never,
        }),
      }),
    }),
    ...needs('alert:raise'),
    description: 'Tells everybody who is signed in, those who subscribe at once. It cannot be taken back.',
    args: { input: t.arg({ type: RaiseSystemAlertInput, required: true }) },
    resolve: async (_root, { input }, ctx) => ({ alert: await raiseSystemAlert(ctx, input) }),
  }),
}))

const SystemAlertEventType = builder.objectRef<SystemAlertEvent>('SystemAlertEvent').implement({
  description: 'An alert, as it was raised.',
  fields: (t) => ({
    cursor: t.string({
      description: 'Where this event stands in the log: subscribe with `after` to go on from here.',
      resolve: (event) => encodeCursor({ alerts: event }),
    }),
    alert: t.drizzleField({
      type: SystemAlert,
      description: 'The alert.',
      resolve: (query, event, _args, ctx) =>
        ctx.db.query.systemAlerts.findFirst(query({ where: { id: event.payload.alertId } })) as never,
    }),
  }),
})

builder.subscriptionFields((t) => ({
  systemAlerts: t.field({
    type: SystemAlertEventType,
    ...needs('alert:read'),
    description: 'Every alert, to whoever is signed in.',
    args: {
      after: t.arg.string({
        description: 'A cursor: first replay what came after it. RESYNC_REQUIRED when the log does not hold it.',
      }),
    },
    subscribe: (_root, { after }, ctx) => followSystemAlerts(ctx, { after: after ?? null }),
    resolve: (event) => event,
  }),
}))
