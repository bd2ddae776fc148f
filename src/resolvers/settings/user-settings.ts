import { eq } from 'drizzle-orm'
import type { Context } from '../../context.ts'
import { type themes, userSettings } from '../../db/schema/settings.ts'
import { transaction } from '../../db/transaction.ts'
import type { FieldFault } from '../../errors.ts'
import { settingsChanged } from '../../events.ts'
import { authorize } from '../../permissions.ts'
import { assertValid, clearedFault } from '../input.ts'
import { lockUser } from '../user.ts'

type Settings = {
  locale: string
  timeZone: string
  currency: string
  theme: (typeof themes)[number]
  dateFormat: string
  numberFormat: string
}
export type UserSettings = Settings & { updatedAt: Date }
/** As a client sends them: an absent field stays as it is. */
export type UpdateUserSettingsInput = { [K in keyof Settings]?: Settings[K] | null | undefined }

const defaults: Settings = {
  locale: 'en',
  timeZone: 'UTC',
  currency: 'USD',
  theme: 'system',
  dateFormat: 'YYYY-MM-DD',
  numberFormat: 'en-US',
}

/** What a user has set, or the defaults, which are as old as the account. */
export const userSettingsOf = (user: { createdAt: Date; settings: UserSettings | null | undefined }): UserSettings =>
  user.settings ?? { ...defaults, updatedAt: user.createdAt }

/** One's own; whatever is not named stays, also when somebody sets it at the same time. */
export function updateUserSettings(ctx: Context, input: UpdateUserSettingsInput): Promise<UserSettings> {
  authorize(ctx.viewer, 'settings:own')
  const userId = ctx.viewer.id
  assertValid([
    ...Object.entries(input).map(([path, value]) => clearedFault(path, value)),
    input.dateFormat != null && dateFormatFault('dateFormat', input.dateFormat),
  ])
  return transaction(ctx, async (tx) => {
    const { createdAt } = await lockUser(tx, userId)
    const [row] = await tx.db.select().from(userSettings).where(eq(userSettings.userId, userId))
    const settings = userSettingsOf({ createdAt, settings: row })
    const set = changes(settings, input)
    const fields = Object.keys(set)
    if (fields.length === 0) return settings
    const [changed] = await tx.db
      .insert(userSettings)
      .values({ ...defaults, ...set, userId })
      .onConflictDoUpdate({ target: userSettings.userId, set })
      .returning()
    tx.record(settingsChanged(userId, fields))
    return changed!
  })
}

function changes(settings: Settings, input: UpdateUserSettingsInput): Partial<Settings> {
  const entries = Object.entries(input) as [keyof Settings, string | undefined][]
  return Object.fromEntries(entries.filter(([name, value]) => value !== undefined && value !== settings[name]))
}

const dateFormat = /^(YYYY|MM?|DD?)([-/. ]|\. )(YYYY|MM?|DD?)\2(YYYY|MM?|DD?)$/

/** Year, month and day, each once, with the same separator between them. */
function dateFormatFault(path: string, value: string): FieldFault | null {
  const [, first, , second, third] = dateFormat.exec(value) ?? []
  const parts = new Set([first, second, third].map((token) => token?.[0]))
  return parts.size === 3
    ? null
    : { path, message: 'Must have YYYY, MM or M, and DD or D, each once, with `-`, `/`, `.`, `. ` or a space between.' }
}
