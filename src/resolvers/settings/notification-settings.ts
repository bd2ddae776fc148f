import { isDeepStrictEqual } from 'node:util'
import { eq } from 'drizzle-orm'
import type { Context } from '../../context.ts'
import {
  type NotificationPreference,
  notificationChannels,
  notificationSettings,
  notificationTopics,
} from '../../db/schema/settings.ts'
import { transaction } from '../../db/transaction.ts'
import type { FieldFault } from '../../errors.ts'
import { notificationSettingsChanged } from '../../events.ts'
import { authorize } from '../../permissions.ts'
import { assertValid, clearedFault } from '../input.ts'
import { lockUser } from '../user.ts'
import { webhookUrlFault } from './webhook-url.ts'

type Settings = { preferences: NotificationPreference[]; webhookUrl: string | null }
export type NotificationSettings = Settings & { updatedAt: Date }
export type UpdateNotificationSettingsInput = {
  preferences?: readonly NotificationPreference[] | null | undefined
  webhookUrl?: string | null | undefined
}

const defaults: Settings = {
  preferences: everyChannel([{ channel: 'email', enabled: true, topics: notificationTopics }]),
  webhookUrl: null,
}

/** What a user has set, or the defaults, which are as old as the account. */
export const notificationSettingsOf = (user: {
  createdAt: Date
  notificationSettings: NotificationSettings | null | undefined
}): NotificationSettings => user.notificationSettings ?? { ...defaults, updatedAt: user.createdAt }

/** One's own. Preferences replace all that were; a webhook that is on has somewhere to go. */
export function updateNotificationSettings(
  ctx: Context,
  input: UpdateNotificationSettingsInput,
): Promise<NotificationSettings> {
  authorize(ctx.viewer, 'settings:own')
  const userId = ctx.viewer.id
  assertValid([
    clearedFault('preferences', input.preferences),
    ...preferenceFaults(input.preferences ?? []),
    input.webhookUrl != null && webhookUrlFault('webhookUrl', input.webhookUrl),
  ])
  return transaction(ctx, async (tx) => {
    const { createdAt } = await lockUser(tx, userId)
    const [row] = await tx.db.select().from(notificationSettings).where(eq(notificationSettings.userId, userId))
    const settings = notificationSettingsOf({ createdAt, notificationSettings: row })
    const set = changes(settings, input)
    assertValid([webhookFault({ ...settings, ...set })])
    const fields = Object.keys(set)
    if (fields.length === 0) return settings
    const [changed] = await tx.db
      .insert(notificationSettings)
      .values({ ...defaults, ...set, userId })
      .onConflictDoUpdate({ target: notificationSettings.userId, set })
      .returning()
    tx.record(notificationSettingsChanged(userId, fields))
    return changed!
  })
}

function changes(settings: Settings, { preferences, webhookUrl }: UpdateNotificationSettingsInput): Partial<Settings> {
  const set: Partial<Settings> = {}
  const replaced = preferences && everyChannel(preferences)
  if (replaced && !isDeepStrictEqual(replaced, settings.preferences)) set.preferences = replaced
  if (webhookUrl !== undefined && webhookUrl !== settings.webhookUrl) set.webhookUrl = webhookUrl
  return set
}

/** Channels and topics in the order of their enumerations; a channel that is not in the list is off. */
function everyChannel(preferences: readonly NotificationPreference[]): NotificationPreference[] {
  return notificationChannels.map((channel) => {
    const given = preferences.find((preference) => preference.channel === channel)
    const topics = notificationTopics.filter((topic) => given?.topics.includes(topic))
    return { channel, enabled: given?.enabled ?? false, topics }
  })
}

function preferenceFaults(preferences: readonly NotificationPreference[]): FieldFault[] {
  const channels = preferences.map(({ channel }) => channel)
  return preferences.flatMap(({ channel, topics }, index) => {
    const faults: FieldFault[] = []
    const path = `preferences.${index}`
    if (channels.indexOf(channel) < index) faults.push({ path: `${path}.channel`, message: 'Is there already.' })
    if (new Set(topics).size < topics.length) faults.push({ path: `${path}.topics`, message: 'Names a topic twice.' })
    return faults
  })
}

const webhookFault = ({ preferences, webhookUrl }: Settings): FieldFault | null =>
  webhookUrl === null && preferences.some(({ channel, enabled }) => channel === 'webhook' && enabled)
    ? { path: 'webhookUrl', message: 'Is needed as long as the channel WEBHOOK is on.' }
    : null
