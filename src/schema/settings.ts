import { type NotificationPreference, notificationChannels, notificationTopics, themes } from '../db/schema/settings.ts'
import {
  type NotificationSettings,
  notificationSettingsOf,
  updateNotificationSettings,
} from '../resolvers/settings/notification-settings.ts'
import { type UserSettings, updateUserSettings, userSettingsOf } from '../resolvers/settings/user-settings.ts'
import { builder } from './builder.ts'
import { enumValuesOf } from './enums.ts'
import { needs } from './permission.ts'
import { own, reads } from './tags.ts'
import { isSelf, User } from './user.ts'

const Theme = builder.enumType('Theme', {
  description: 'Which colours an application shows. SYSTEM: as the device does.',
  values: enumValuesOf(themes),
})
const NotificationTopic = builder.enumType('NotificationTopic', {
  description: 'What one is told of.',
  values: enumValuesOf(notificationTopics),
})
const NotificationChannel = builder.enumType('NotificationChannel', {
  description: 'By which way one is told. WEBHOOK: an HTTP request to a URL of one’s own.',
  values: enumValuesOf(notificationChannels),
})

const dateFormat =
  'YYYY, MM or M, and DD or D, each once in any order, with one of `-`, `/`, `.`, `. ` or a space between them.'

const UserSettingsType = builder.objectRef<UserSettings>('UserSettings').implement({
  extensions: reads('settings'),
  description: 'How an application shows things to a user. Whoever has set nothing has the defaults.',
  fields: (t) => ({
    locale: t.expose('locale', { type: 'Locale', description: 'The language of texts, BCP 47; en unless set.' }),
    timeZone: t.expose('timeZone', { type: 'TimeZone', description: 'Where times are shown, IANA; UTC unless set.' }),
    currency: t.expose('currency', {
      type: 'Currency',
      description: 'In which amounts are shown, ISO 4217; USD unless set.',
    }),
    theme: t.expose('theme', { type: Theme, description: 'SYSTEM unless set.' }),
    dateFormat: t.exposeString('dateFormat', { description: `${dateFormat} YYYY-MM-DD unless set.` }),
    numberFormat: t.expose('numberFormat', {
      type: 'Locale',
      description: 'Whose separators numbers have, BCP 47; en-US unless set.',
    }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      description: 'When they last changed; when the account was made while nothing was ever set.',
    }),
  }),
})

const NotificationPreferenceType = builder.objectRef<NotificationPreference>('NotificationPreference').implement({
  extensions: reads(),
  description: 'What one is told of by one channel.',
  fields: (t) => ({
    channel: t.expose('channel', { type: NotificationChannel, description: 'The way.' }),
    enabled: t.exposeBoolean('enabled', { description: 'Whether anything goes this way.' }),
    topics: t.field({
      type: [NotificationTopic],
      description: 'What goes this way while it is enabled.',
      resolve: ({ topics }) => [...topics],
    }),
  }),
})

const NotificationSettingsType = builder.objectRef<NotificationSettings>('NotificationSettings').implement({
  extensions: reads('settings'),
  description: 'How a user is told of what happens. Whoever has set nothing is told everything by e-mail.',
  fields: (t) => ({
    preferences: t.field({
      type: [NotificationPreferenceType],
      description: 'Every channel once: e-mail, push, webhook.',
      resolve: ({ preferences }) => preferences,
    }),
    webhookUrl: t.expose('webhookUrl', {
      type: 'URL',
      nullable: true,
      description: 'Where the channel WEBHOOK goes; null while there is none.',
    }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      description: 'When they last changed; when the account was made while nothing was ever set.',
    }),
  }),
})

builder.drizzleObjectFields(User, (t) => ({
  settings: t.field({
    type: UserSettingsType,
    nullable: true,
    extensions: own,
    description: 'One’s own; null of anyone else.',
    select: { columns: { id: true, createdAt: true }, with: { settings: true } },
    resolve: (user, _args, { viewer }) => (isSelf(viewer, user) ? userSettingsOf(user) : null),
  }),
  notificationSettings: t.field({
    type: NotificationSettingsType,
    nullable: true,
    extensions: own,
    description: 'One’s own; null of anyone else.',
    select: { columns: { id: true, createdAt: true }, with: { notificationSettings: true } },
    resolve: (user, _args, { viewer }) => (isSelf(viewer, user) ? notificationSettingsOf(user) : null),
  }),
}))

const UpdateUserSettingsInput = builder.inputType('UpdateUserSettingsInput', {
  description: 'An absent field stays as it is; none can be cleared.',
  fields: (t) => ({
    locale: t.field({ type: 'Locale', description: 'The language of texts.' }),
    timeZone: t.field({ type: 'TimeZone', description: 'Where times are shown.' }),
    currency: t.field({ type: 'Currency', description: 'In which amounts are shown.' }),
    theme: t.field({ type: Theme, description: 'Which colours are shown.' }),
    dateFormat: t.string({ description: dateFormat }),
    numberFormat: t.field({ type: 'Locale', description: 'Whose separators numbers have.' }),
  }),
})

const NotificationPreferenceInput = builder.inputType('NotificationPreferenceInput', {
  fields: (t) => ({
    channel: t.field({ type: NotificationChannel, required: true, description: 'Each at most once.' }),
    enabled: t.boolean({ required: true, description: 'Whether anything goes this way.' }),
    topics: t.field({ type: [NotificationTopic], required: true, description: 'Each at most once.' }),
  }),
})
const UpdateNotificationSettingsInput = builder.inputType('UpdateNotificationSettingsInput', {
  description: 'An absent field stays as it is.',
  fields: (t) => ({
    preferences: t.field({
      type: [NotificationPreferenceInput],
      description: 'Replaces all that were: a channel that is not in the list is off. It cannot be cleared.',
    }),
    webhookUrl: t.field({
      type: 'URL',
      description:
        'https, without credentials, of a host of the public Internet, at most 2,000 characters. Null clears it, unless the channel WEBHOOK is on.',
    }),
  }),
})

builder.mutationFields((t) => ({
  updateUserSettings: t.field({
    type: builder.objectRef<{ settings: UserSettings }>('UpdateUserSettingsPayload').implement({
      fields: (payload) => ({
        settings: payload.expose('settings', { type: UserSettingsType, description: 'As they are now.' }),
      }),
    }),
    ...needs('settings:own'),
    description: 'Sets how applications show things to oneself.',
    args: { input: t.arg({ type: UpdateUserSettingsInput, required: true }) },
    resolve: async (_root, { input }, ctx) => ({ settings: await updateUserSettings(ctx, input) }),
  }),
  updateNotificationSettings: t.field({
    type: builder
      .objectRef<{ notificationSettings: NotificationSettings }>('UpdateNotificationSettingsPayload')
      .implement({
        fields: (payload) => ({
          notificationSettings: payload.expose('notificationSettings', {
            type: NotificationSettingsType,
            description: 'As they are now.',
          }),
        }),
      }),
    ...needs('settings:own'),
    description: 'Sets how one is told of what happens.',
    args: { input: t.arg({ type: UpdateNotificationSettingsInput, required: true }) },
    resolve: async (_root, { input }, ctx) => ({ notificationSettings: await updateNotificationSettings(ctx, input) }),
  }),
}))
