import { type SQL, sql } from 'drizzle-orm'
import type { Context } from '../context.ts'
import { type AlertSeverity, systemAlerts } from '../db/schema/alert.ts'
import { transaction, type Writer } from '../db/transaction.ts'
import { type AlertRaised, alertRaised } from '../events.ts'
import { newId } from '../ids.ts'
import { placeIn } from '../log/cursor.ts'
import type { LoggedEvent } from '../log/event.ts'
import { followed } from '../log/feed.ts'
import { authorize, may, type Viewer } from '../permissions.ts'
import { assertValid, textFault } from './input.ts'

const maxMessageLength = 2_000

export type SystemAlert = typeof systemAlerts.$inferSelect
type Alert = { severity: AlertSeverity; message: string }
export type SystemAlertEvent = LoggedEvent & { payload: AlertRaised }

/** Everybody who is signed in sees every alert. */
export const visibleSystemAlerts = (viewer: Viewer) => (): SQL => (may(viewer, 'alert:read') ? sql`true` : sql`false`)

/** What an admin tells everybody. It cannot be taken back. */
export async function raiseSystemAlert(ctx: Context, input: Alert) {
  authorize(ctx.viewer, 'alert:raise')
  assertValid([textFault('message', input.message, maxMessageLength)])
  return insertAlert(ctx, input, ctx.viewer.id)
}

/** What the gateway itself found wrong, in nobody's name. Everybody who is signed in reads it: nothing of anyone's own. */
export const raiseAlert = ({ services }: Pick<Writer, 'services'>, alert: Alert) =>
  insertAlert({ services }, alert, null)

const insertAlert = (writer: Writer, { severity, message }: Alert, raisedById: string | null) =>
  transaction(writer, async (tx) => {
    const id = newId('systemAlert')
    const [alert] = await tx.db.insert(systemAlerts).values({ id, severity, message, raisedById }).returning()
    tx.record(alertRaised({ alertId: id, severity }))
    return alert!
  })

/** Alerts as they are raised, as long as the subscriber is signed in. */
export function followSystemAlerts(ctx: Context, input: { after: string | null }) {
  authorize(ctx.viewer, 'alert:read')
  return followed<SystemAlertEvent>({
    stream: 'alerts',
    after: input.after === null ? null : placeIn(input.after, 'alerts'),
    concerns: isAlertEvent,
    select(viewer, event) {
      authorize(viewer, 'alert:read')
      return isAlertEvent(event) ? [event] : []
    },
  })
}

const isAlertEvent = (event: LoggedEvent): event is SystemAlertEvent => event.type === 'alert.raised'
