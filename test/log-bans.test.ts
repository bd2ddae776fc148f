import { describe, expect, it } from 'vitest'
import { banUser, setUserRoleByEmail, unbanUser } from '../src/resolvers/user.ts'
import type { Services } from '../src/services.ts'
import { contextOf, password, signUp } from './harness/accounts.ts'
import { connectForTest, databaseForTest } from './harness/log.ts'
import { startTestServices } from './harness/services.ts'

describe('a hundred changes of passwords against a hundred bans', () => {
  /** Hashing passwords takes long, but one hash is as good as another. */
  async function begin() {
    const database = await databaseForTest()
    const gates: (() => void)[] = []
    const services = await startTestServices(database, {
      variables: { DATABASE_WAIT_MS: '30000' },
      // A change of password is about to end sessions: now is the moment for a ban.
      onQuery: (statement) =>
        void (/^delete from "sessions" where "sessions"."user_id" =/.test(statement) && gates.shift()?.()),
    })
    const admin = await signUp(services, 'Grace')
    await setUserRoleByEmail({ services }, { email: admin.email, role: 'admin' })
    const ada = await signUp(services)
    const client = await connectForTest(database.url)
    await client.query(
      `insert into users (id, email) select 'user_' || n, 'u' || n || '@example.com' from generate_series(0, 50) n`,
    )
    await client.query(
      `insert into accounts (id, user_id, account_id, provider_id, password)
       select 'account_' || n, 'user_' || n, 'user_' || n, 'credential', a.password
       from generate_series(0, 50) n, accounts a where a.user_id = $1`,
      [ada.id],
    )
    /** Ten of user_0, and one each of ten others. */
    async function createSessions(wave: number) {
      await client.query(`update users set banned = false where id = 'user_0'`)
      const { rows } = await client.query<{ token: string; userId: string }>(
        `insert into sessions (id, user_id, token, expires_at)
         select 'session_' || n, 'user_' || case when n % 2 = 0 then 0 else (n + 1) / 2 end, 'token' || n, now() + interval '1 day'
         from generate_series($1 * 20, $1 * 20 + 19) n returning token, user_id as "userId"`,
        [wave],
      )
      return rows
    }
    return { services, gates, asAdmin: await contextOf(services, admin), createSessions }
  }

  /** What may happen to someone who is being banned; a deadlock may not. */
  const changePassword = async (services: Services, token: string) => {
    const body = { currentPassword: password, newPassword: password, revokeOtherSessions: true }
    try {
      return await services.auth.api.changePassword({ headers: { authorization: `Bearer ${token}` }, body })
    } catch (error) {
      const { status } = error as { status?: string }
      if (status === 'UNAUTHORIZED' || status === 'FORBIDDEN') return { token: null }
      throw error
    }
  }

  it('meet no deadlock, and leave nobody signed in who is banned', async () => {
    const { services, gates, asAdmin, createSessions } = await begin()
    const tokens: string[] = []
    const failures: unknown[] = []
    const ban = async (userId: string) => {
      await new Promise<void>((resolve) => gates.push(resolve))
      if (userId === 'user_0') await unbanUser(asAdmin, { userId })
      await banUser(asAdmin, { userId, reason: 'test', until: null })
    }
    let changes = 0
    for (const wave of [0, 1, 2, 3, 4]) {
      const sessions = await createSessions(wave)
      const bans = sessions.map(({ userId }) => ban(userId).catch((error) => failures.push(error)))
      const changed = sessions.map(({ token }) =>
        changePassword(services, token).catch((error) => failures.push(error)),
      )
      for (const made of await Promise.all(changed)) {
        if (typeof made !== 'object' || !made.token) continue
        tokens.push(made.token)
        changes += 1
      }
      tokens.push(...sessions.map(({ token }) => token))
      while (gates.length > 0) gates.shift()?.()
      await Promise.all(bans)
    }
    expect(failures).toEqual([])
    expect(changes).toBeGreaterThan(10)
    expect((await services.pool.query('select from users where banned')).rowCount).toBe(51)
    for (const token of tokens) {
      expect(await services.viewers.resolve(token)).toEqual({ kind: 'anonymous' })
    }
  }, 120_000)
})

describe('a session that is made while its owner is being banned', () => {
  async function begin() {
    const { url } = await databaseForTest()
    const [banning, signingIn] = [await connectForTest(url), await connectForTest(url)]
    await banning.query(`insert into users (id, email) values ('user_1', 'a@example.com')`)
    const ban = async () => {
      await banning.query('begin')
      await banning.query(`update users set banned = true where id = 'user_1'`)
      await banning.query(`delete from sessions where user_id = 'user_1'`)
    }
    const makeSession = async () => {
      await signingIn.query('begin')
      await signingIn.query(
        `insert into sessions (id, user_id, token, expires_at) values ('session_1', 'user_1', 't', now() + interval '1 day')`,
      )
    }
    const left = async () => {
      const { rowCount } = await banning.query('select from sessions')
      const { rows } = await banning.query<{ type: string }>(`select type from events order by position`)
      return { sessions: rowCount, events: rows.map(({ type }) => type) }
    }
    return { banning, signingIn, ban, makeSession, left }
  }

  it('ends with the ban when it was first', async () => {
    const { banning, signingIn, ban, makeSession, left } = await begin()
    await ban()
    await makeSession()
    await signingIn.query('commit')
    await banning.query('commit')
    const events = ['user.created', 'session.created', 'user.banned', 'session.ended']
    expect(await left()).toEqual({ sessions: 0, events })
  })

  it('ends at its own COMMIT when the ban was first', async () => {
    const { banning, signingIn, ban, makeSession, left } = await begin()
    await makeSession()
    await ban()
    await banning.query('commit')
    await signingIn.query('commit')
    const events = ['user.created', 'user.banned', 'session.created', 'session.ended']
    expect(await left()).toEqual({ sessions: 0, events })
  })

  it('stays when the ban is over', async () => {
    const { banning, signingIn, makeSession, left } = await begin()
    await banning.query(`update users set banned = true, ban_expires = now() - interval '1 second' where id = 'user_1'`)
    await makeSession()
    await signingIn.query('commit')
    expect((await left()).sessions).toBe(1)
  })
})
