import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { UpdateNotificationSettingsInput, UpdateUserSettingsInput } from './graphql/graphql.ts'
import { graphql } from './graphql/index.ts'
import { type Person, people, type Stack, startStack, type TestGateway } from './harness/index.ts'

const statements: string[] = []
let stack: Stack
let gateway: TestGateway
let seed: ReturnType<typeof people>
/** Whose settings are of no matter. */
let somebody: Person

beforeAll(async () => {
  stack = await startStack()
  gateway = await stack.startGateway({}, { onQuery: (sql) => statements.push(sql) })
  seed = people(gateway)
  somebody = await seed.investor()
})
afterAll(() => stack.stop())

const read = graphql(`
  query ReadSettings {
    viewer {
      createdAt
      settings { locale timeZone currency theme dateFormat numberFormat updatedAt }
      notificationSettings { preferences { channel enabled topics } webhookUrl updatedAt }
    }
  }
`)
const readOf = graphql(`
  query ReadSettingsOf($id: ID!) { user(id: $id) { id settings { locale } notificationSettings { webhookUrl } } }
`)
const update = graphql(`
  mutation UpdateSettings($input: UpdateUserSettingsInput!) {
    updateUserSettings(input: $input) {
      settings { locale timeZone currency theme dateFormat numberFormat updatedAt }
    }
  }
`)
const updateNotifications = graphql(`
  mutation UpdateNotifications($input: UpdateNotificationSettingsInput!) {
    updateNotificationSettings(input: $input) {
      notificationSettings { preferences { channel enabled topics } webhookUrl updatedAt }
    }
  }
`)

const defaults = {
  locale: 'en',
  timeZone: 'UTC',
  currency: 'USD',
  theme: 'SYSTEM',
  dateFormat: 'YYYY-MM-DD',
  numberFormat: 'en-US',
}
const topics = ['TOKEN_TRANSFERS', 'COMPLIANCE_UPDATES', 'SYSTEM_ALERTS'] as const
const off = { enabled: false, topics: [] }
const hook = 'https://hooks.example.com/gatehouse'

const eventsOf = async ({ id }: Person) => {
  const query = `select type, actor_id as actor, tags, payload from events
    where subject_id = $1 and type in ('settings.changed', 'notification_settings.changed') order by position`
  return (await gateway.services.pool.query(query, [id])).rows
}
const rowsOf = async ({ id }: Person) => {
  const query = `select (select count(*)::int from user_settings where user_id = $1) as settings,
    (select count(*)::int from notification_settings where user_id = $1) as notifications`
  return (await gateway.services.pool.query(query, [id])).rows[0]
}
const set = async (person: Person, input: UpdateUserSettingsInput) =>
  (await person.get(update, { input })).updateUserSettings.settings
const setNotifications = async (person: Person, input: UpdateNotificationSettingsInput) =>
  (await person.get(updateNotifications, { input })).updateNotificationSettings.notificationSettings
const faultsOf = ({ code, extensions }: { code: string; extensions: Record<string, unknown> }) => {
  expect(code).toBe('BAD_USER_INPUT')
  return (extensions.fields as { path: string }[]).map(({ path }) => path)
}
const refused = async (person: Person, input: UpdateUserSettingsInput) =>
  faultsOf(await person.refusal(update, { input }))
const refusedNotifications = async (person: Person, input: UpdateNotificationSettingsInput) =>
  faultsOf(await person.refusal(updateNotifications, { input }))

describe('settings', () => {
  it('whoever has set nothing has the defaults, as old as the account, and reading them writes nothing', async () => {
    const person = await seed.investor()
    const { viewer } = await person.get(read)
    expect(viewer?.settings).toEqual({ ...defaults, updatedAt: viewer?.createdAt })
    expect(viewer?.notificationSettings).toEqual({
      preferences: [
        { channel: 'EMAIL', enabled: true, topics },
        { channel: 'PUSH', ...off },
        { channel: 'WEBHOOK', ...off },
      ],
      webhookUrl: null,
      updatedAt: viewer?.createdAt,
    })
    expect(await rowsOf(person)).toEqual({ settings: 0, notifications: 0 })
  })

  it('what is set is kept, what is not named stays, and each change is an event that says no more than what changed', async () => {
    const person = await seed.investor()
    expect(await set(person, { timeZone: 'Europe/Amsterdam', currency: 'eur' })).toMatchObject({
      ...defaults,
      timeZone: 'Europe/Amsterdam',
      currency: 'EUR',
    })
    const all = { dateFormat: 'D. M. YYYY', locale: 'de-AT', numberFormat: 'de-CH', theme: 'DARK' } as const
    const changed = { ...all, timeZone: 'Europe/Amsterdam', currency: 'EUR' }
    const answered = await set(person, all)
    expect(answered).toMatchObject(changed)
    const { viewer } = await person.get(read)
    expect(viewer?.settings).toEqual(answered)
    expect(Date.parse(answered.updatedAt)).toBeGreaterThan(Date.parse(viewer!.createdAt))
    const event = { type: 'settings.changed', actor: person.id, tags: ['settings', `user:${person.id}`] }
    expect(await eventsOf(person)).toEqual([
      { ...event, payload: { fields: ['currency', 'timeZone'] } },
      { ...event, payload: { fields: Object.keys(all) } },
    ])
  })

  it('what is so already is no change: neither a row nor an event', async () => {
    const person = await seed.investor()
    expect(await set(person, {})).toMatchObject(defaults)
    expect(await set(person, { locale: 'en', theme: 'SYSTEM' })).toMatchObject(defaults)
    expect(await rowsOf(person)).toMatchObject({ settings: 0 })
    const first = await set(person, { theme: 'LIGHT' })
    expect(await set(person, { theme: 'LIGHT' })).toEqual(first)
    expect(await eventsOf(person)).toHaveLength(1)
  })

  it('two first changes at once both last', async () => {
    const person = await seed.investor()
    await Promise.all([
      set(person, { theme: 'DARK' }),
      set(person, { currency: 'CHF' }),
      set(person, { locale: 'fr' }),
      setNotifications(person, { webhookUrl: hook }),
      setNotifications(person, { preferences: [] }),
    ])
    const { viewer } = await person.get(read)
    expect(viewer?.settings).toMatchObject({ theme: 'DARK', currency: 'CHF', locale: 'fr' })
    expect(viewer?.notificationSettings).toMatchObject({
      webhookUrl: hook,
      preferences: [
        { channel: 'EMAIL', ...off },
        { channel: 'PUSH', ...off },
        { channel: 'WEBHOOK', ...off },
      ],
    })
    expect(await eventsOf(person)).toHaveLength(5)
  })

  it('nothing can be cleared, and every fault is named at once', async () => {
    const person = await seed.investor()
    expect(await refused(person, { locale: null, theme: null, dateFormat: 'YYYY' })).toEqual([
      'locale',
      'theme',
      'dateFormat',
    ])
    expect(await rowsOf(person)).toMatchObject({ settings: 0 })
  })

  it.each([
    { timeZone: 'Europe/Atlantis' },
    { timeZone: '+02:00' },
    { currency: 'XXZ' },
    { locale: 'no_such' },
    { numberFormat: 'english' },
  ])('%o is no value of its standard', async (input) => {
    expect((await somebody.refusal(update, { input })).code).toBe('BAD_USER_INPUT')
  })

  it.each(['DD.MM.YYYY', 'MM/DD/YYYY', 'YYYY/M/D', 'D M YYYY', 'YYYY-MM-DD'])('%s is a date format', async (format) => {
    expect(await set(somebody, { dateFormat: format })).toMatchObject({ dateFormat: format })
  })

  it.each([
    '',
    'YYYY-MM',
    'YYYY-MM-MM',
    'DD-MM-D',
    'YY-MM-DD',
    'YYYY-MM/DD',
    'YYYYMMDD',
    'YYYY-MM-DD ',
    'YYYY--MM--DD',
    'yyyy-mm-dd',
    '<b>YYYY</b>-MM-DD',
  ])('“%s” is no date format', async (format) => {
    expect(await refused(somebody, { dateFormat: format })).toEqual(['dateFormat'])
  })

  it('they are nobody else’s, not even an admin’s', async () => {
    const person = await seed.investor()
    await set(person, { locale: 'nl' })
    await setNotifications(person, { webhookUrl: hook })
    for (const other of [await seed.admin(), await seed.reviewer()]) {
      const { user } = await other.get(readOf, { id: person.id })
      expect(user).toEqual({ id: person.id, settings: null, notificationSettings: null })
    }
    expect((await person.get(readOf, { id: person.id })).user).toMatchObject({
      settings: { locale: 'nl' },
      notificationSettings: { webhookUrl: hook },
    })
  })

  it('are read in the statement that reads the user', async () => {
    const person = await seed.investor()
    await set(person, { locale: 'nl' })
    await person.get(read)
    statements.length = 0
    await person.ask(read, {}, { 'cache-control': 'no-store' })
    expect(statements).toHaveLength(1)
  })

  it('nothing of what was set is in the log', async () => {
    const person = await seed.investor()
    await setNotifications(person, { webhookUrl: 'https://canary.example.com/secret' })
    const { rows } = await gateway.services.pool.query(
      `select payload::text from events where payload::text ~ 'canary'`,
    )
    expect(rows).toEqual([])
  })
})

describe('notifications', () => {
  it('a list replaces the whole list: a channel that is not in it is off', async () => {
    const person = await seed.investor()
    const push = { channel: 'PUSH', enabled: true, topics: ['SYSTEM_ALERTS', 'TOKEN_TRANSFERS'] } as const
    const inOrder = { ...push, topics: ['TOKEN_TRANSFERS', 'SYSTEM_ALERTS'] }
    const { preferences } = await setNotifications(person, { preferences: [{ ...push, topics: [...push.topics] }] })
    expect(preferences).toEqual([{ channel: 'EMAIL', ...off }, inOrder, { channel: 'WEBHOOK', ...off }])
    const again = await setNotifications(person, {
      preferences: [{ channel: 'PUSH', enabled: true, topics: ['TOKEN_TRANSFERS', 'SYSTEM_ALERTS'] }],
    })
    expect(again.preferences).toEqual(preferences)
    expect(await eventsOf(person)).toMatchObject([
      { type: 'notification_settings.changed', payload: { fields: ['preferences'] } },
    ])
  })

  it('a channel or a topic that is there twice is refused, and the list cannot be cleared', async () => {
    const person = await seed.investor()
    const email = { channel: 'EMAIL', enabled: true, topics: [] } as const
    const faults = await refusedNotifications(person, {
      preferences: [
        { ...email, topics: ['SYSTEM_ALERTS', 'SYSTEM_ALERTS'] },
        { ...email, topics: [] },
      ],
    })
    expect(faults).toEqual(['preferences.0.topics', 'preferences.1.channel'])
    expect(await refusedNotifications(person, { preferences: null })).toEqual(['preferences'])
  })

  it('a webhook that is on has a URL, and keeps it as long as it is on', async () => {
    const person = await seed.investor()
    const on = { preferences: [{ channel: 'WEBHOOK' as const, enabled: true, topics: [...topics] }] }
    expect(await refusedNotifications(person, on)).toEqual(['webhookUrl'])
    expect((await setNotifications(person, { ...on, webhookUrl: hook })).webhookUrl).toBe(hook)
    expect(await refusedNotifications(person, { webhookUrl: null })).toEqual(['webhookUrl'])
    const cleared = await setNotifications(person, { preferences: [], webhookUrl: null })
    expect(cleared.webhookUrl).toBeNull()
    // Without the channel there may be one, for later.
    expect((await setNotifications(person, { webhookUrl: hook })).webhookUrl).toBe(hook)
    expect((await setNotifications(person, on)).preferences[2]).toMatchObject({ enabled: true })
  })

  it.each([
    'http://hooks.example.com',
    'https://user@hooks.example.com',
    'https://user:password@hooks.example.com',
    'https://localhost',
    'https://localhost.:8443/',
    'https://api.localhost',
    'https://redis:6379',
    'https://metadata.google.internal',
    'https://printer.local',
    'https://127.0.0.1',
    'https://127.1',
    'https://0x7f000001',
    'https://2130706433',
    'https://0177.0.0.1',
    'https://0.0.0.0',
    'https://10.1.2.3',
    'https://172.31.255.255',
    'https://192.168.0.1',
    'https://169.254.169.254/latest/meta-data',
    'https://100.64.0.1',
    'https://224.0.0.1',
    'https://255.255.255.255',
    'https://[::1]',
    'https://[::]',
    'https://[::ffff:127.0.0.1]',
    'https://[::ffff:a00:1]',
    'https://[64:ff9b::a9fe:a9fe]',
    'https://[2002:7f00:1::]',
    'https://[fe80::1]',
    'https://[fd00::1]',
    'https://[ff02::1]',
    `https://hooks.example.com/${'a'.repeat(2_000)}`,
  ])('no webhook goes to %s', async (webhookUrl) => {
    expect(await refusedNotifications(somebody, { webhookUrl })).toEqual(['webhookUrl'])
  })

  it.each(['https://8.8.8.8/', 'https://[2606:4700::1111]/', 'https://hooks.example.com:8443/a?b=c'])(
    'a webhook may go to %s',
    async (webhookUrl) => {
      expect((await setNotifications(somebody, { webhookUrl })).webhookUrl).toBe(webhookUrl)
    },
  )
})
