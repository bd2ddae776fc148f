import { beforeEach, describe, expect, it } from 'vitest'
import type { UserRole } from '../src/db/schema/auth.ts'
import { banUser, revokeUserSessions, setUserRole, setUserRoleByEmail, unbanUser } from '../src/resolvers/user.ts'
import type { Services } from '../src/services.ts'
import { contextOf, type Person, password, signIn, signUp } from './harness/accounts.ts'
import { databaseForTest, logOf } from './harness/log.ts'
import { startTestServices } from './harness/services.ts'

const secrets = /example\.com|Ada|Lovelace|ada\.png|a very good reason|correct horse|another staple/

describe('what is done to an account leaves exactly these events', () => {
  let services: Services
  let ada: Person
  let adasSession: string
  let admin: Person
  let asAdmin: Awaited<ReturnType<typeof contextOf>>

  beforeEach(async () => {
    services = await startTestServices(await databaseForTest())
    ada = await signUp(services)
    admin = await signUp(services, 'Grace')
    await setUserRoleByEmail({ services }, { email: admin.email, role: 'admin' })
    asAdmin = await contextOf(services, admin)
    adasSession = (await sessionsOf(ada.id))[0]!
  })

  const sessionsOf = async (userId: string) => {
    const { rows } = await services.pool.query('select id from sessions where user_id = $1 order by id', [userId])
    return rows.map(({ id }) => id as string)
  }

  /** The events that something leaves, without what differs from run to run. */
  async function left(work: () => Promise<unknown>) {
    const before = (await logOf(services, 'accounts')).length
    await work()
    const events = (await logOf(services, 'accounts')).slice(before)
    expect(JSON.stringify(await logOf(services, 'accounts'))).not.toMatch(secrets)
    return events.map(({ type, subjectId, actorId, tags, payload }) => ({ type, subjectId, actorId, tags, payload }))
  }

  const event = (
    type: string,
    payload: object,
    options: { actorId?: string | null; subject?: Person; tags?: string[] } = {},
  ) => {
    const { subject = ada, actorId = subject.id, tags = ['credentials'] } = options
    return { type, subjectId: subject.id, actorId, tags: [...tags, `user:${subject.id}`], payload }
  }
  const users = { tags: ['users'] }
  const byAdmin = () => ({ actorId: admin.id })

  it('signing up', async () => {
    let eve!: Person
    const events = await left(async () => {
      eve = await signUp(services, 'Eve')
    })
    const [sessionId] = await sessionsOf(eve.id)
    expect(events).toEqual([
      event('user.created', { role: 'investor' }, { ...users, subject: eve }),
      event('session.created', { sessionId }, { subject: eve }),
    ])
  })

  it('a sign-up that is refused: none', async () => {
    expect(await left(() => expect(signUp(services)).rejects.toThrow())).toEqual([])
  })

  it('signing in and out', async () => {
    let signedIn!: { headers: Record<string, string> }
    const events = await left(async () => {
      signedIn = await signIn(services, ada)
    })
    const sessionId = (await sessionsOf(ada.id)).find((id) => id !== adasSession)
    expect(events).toEqual([event('session.created', { sessionId })])
    expect(await left(() => services.auth.api.signOut({ headers: signedIn.headers }))).toEqual([
      event('session.ended', { sessionId }),
    ])
  })

  it('a wrong password: none', async () => {
    const body = { email: ada.email, password: 'wrong horse battery' }
    expect(await left(() => expect(services.auth.api.signInEmail({ body })).rejects.toThrow())).toEqual([])
  })

  it('looking at a session, and its being prolonged: none', async () => {
    await services.pool.query(
      `update sessions set expires_at = now() + interval '1 hour', updated_at = now() - interval '3 days'`,
    )
    const expiries = async () =>
      (await services.pool.query('select expires_at from sessions where id = $1', [adasSession])).rows
    const before = await expiries()
    expect(await left(() => services.auth.api.getSession({ headers: ada.headers }))).toEqual([])
    expect(await expiries()).not.toEqual(before)
  })

  it('changing the password', async () => {
    await signIn(services, ada)
    const ended = await sessionsOf(ada.id)
    const body = { currentPassword: password, newPassword: 'another staple', revokeOtherSessions: true }
    const events = await left(() => services.auth.api.changePassword({ headers: ada.headers, body }))
    const [sessionId] = await sessionsOf(ada.id)
    expect(events).toEqual([
      ...ended.map((id) => event('session.ended', { sessionId: id })),
      event('password.changed', {}),
      event('session.created', { sessionId }),
    ])
  })

  it('changing the name and the picture', async () => {
    const body = { name: 'Ada King' }
    expect(await left(() => services.auth.api.updateUser({ headers: ada.headers, body }))).toEqual([
      event('user.profile_changed', {}, users),
    ])
    expect(await left(() => services.auth.api.updateUser({ headers: ada.headers, body }))).toEqual([])
    const image = () =>
      services.pool.query(`update users set image = 'https://example.com/ada.png' where id = $1`, [ada.id])
    expect(await left(image)).toEqual([event('user.profile_changed', {}, users)])
    expect(await left(image)).toEqual([])
  })

  it('confirming the password once more', async () => {
    const events = await left(() => services.auth.api.stepUp({ headers: ada.headers, body: { password } }))
    expect(events).toEqual([event('session.stepped_up', { sessionId: adasSession })])
  })

  it('another address, a wallet, a second factor', async () => {
    const change = (set: string) => left(() => services.pool.query(`update users set ${set} where id = $1`, [ada.id]))
    expect(await change(`email = 'new@example.com'`)).toEqual([
      event('user.email_changed', { changed: true, verified: false }, users),
    ])
    expect(await change('email_verified = true')).toEqual([
      event('user.email_changed', { changed: false, verified: true }, users),
    ])
    expect(await change(`wallet_address = '0x${'a'.repeat(40)}'`)).toEqual([
      event('user.wallet_changed', { linked: true }, users),
    ])
    expect(await change('two_factor_enabled = true')).toEqual([
      event('user.two_factor_changed', { enabled: true }, users),
    ])
    expect(await change('updated_at = now()')).toEqual([])
    expect(await change(`role = 'compliance', wallet_address = null`)).toEqual([
      event('user.role_changed', { from: 'investor', to: 'compliance' }, users),
      event('user.wallet_changed', { linked: false }, users),
    ])
  })

  it('what leaves none leaves the time of the last change as it is', async () => {
    const updatedAt = async () =>
      (await services.pool.query('select updated_at from users where id = $1', [ada.id])).rows[0].updated_at
    const before = await updatedAt()
    for (const set of [`updated_at = '2030-01-01'`, `name = name, updated_at = now()`, `ban_reason = 'none'`]) {
      expect(await left(() => services.pool.query(`update users set ${set} where id = $1`, [ada.id]))).toEqual([])
      expect(await updatedAt()).toEqual(before)
    }
    await services.pool.query(`update users set name = 'Countess', updated_at = '2000-01-01' where id = $1`, [ada.id])
    expect((await updatedAt()).getTime()).toBeGreaterThan(before.getTime())
  })

  it('a role given by an admin, and by an operator', async () => {
    const give = (role: UserRole) => left(() => setUserRole(asAdmin, { userId: ada.id, role }))
    expect(await give('compliance')).toEqual([
      event('user.role_changed', { from: 'investor', to: 'compliance' }, { ...users, ...byAdmin() }),
    ])
    expect(await give('compliance')).toEqual([])
    expect(await left(() => setUserRoleByEmail({ services }, { email: ada.email, role: 'admin' }))).toEqual([
      event('user.role_changed', { from: 'compliance', to: 'admin' }, { ...users, actorId: null }),
    ])
  })

  it('a ban, its change and its end', async () => {
    await signIn(services, ada)
    const ended = await sessionsOf(ada.id)
    expect(ended).toHaveLength(2)
    const ban = (until: Date | null, reason = 'a very good reason') =>
      left(() => banUser(asAdmin, { userId: ada.id, reason, until }))
    const until = new Date(Date.now() + 86_400_000)
    expect(await ban(until)).toEqual([
      event(
        'user.banned',
        { until: expect.stringContaining(until.toISOString().slice(0, 19)) },
        { ...users, ...byAdmin() },
      ),
      ...ended.map((sessionId) => event('session.ended', { sessionId }, byAdmin())),
    ])
    expect(await left(() => expect(signIn(services, ada)).rejects.toThrow(/banned/))).toEqual([])
    const forGood = [event('user.banned', { until: null }, { ...users, ...byAdmin() })]
    expect(await ban(null)).toEqual(forGood)
    expect(await ban(null)).toEqual([])
    expect(await ban(null, 'a very good reason, and another')).toEqual(forGood)
    expect(await left(() => unbanUser(asAdmin, { userId: ada.id }))).toEqual([
      event('user.unbanned', {}, { ...users, ...byAdmin() }),
    ])
    expect(await left(() => unbanUser(asAdmin, { userId: ada.id }))).toEqual([])
  })

  it('sessions revoked by an admin, and by oneself', async () => {
    expect(await left(() => revokeUserSessions(asAdmin, { userId: ada.id }))).toEqual([
      event('session.ended', { sessionId: adasSession }, byAdmin()),
    ])
    const [sessionId] = await sessionsOf(admin.id)
    expect(await left(() => revokeUserSessions(asAdmin, { userId: admin.id }))).toEqual([
      event('session.ended', { sessionId }, { subject: admin }),
    ])
  })

  it('the end of an account', async () => {
    expect(await left(() => services.pool.query('delete from users where id = $1', [ada.id]))).toEqual([
      event('user.deleted', {}, users),
      event('session.ended', { sessionId: adasSession }),
    ])
  })

  it('does not take the actor of one request for that of the next on the same connection', async () => {
    await setUserRole(asAdmin, { userId: ada.id, role: 'compliance' })
    for (let n = 0; n < 30; n++) {
      const [found] = await left(() =>
        services.pool.query(`update users set name = $2 where id = $1`, [ada.id, `n${n}`]),
      )
      expect(found?.actorId).toBe(ada.id)
    }
  })
})
