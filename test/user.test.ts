import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { setUserRoleByEmail } from '../src/resolvers/user.ts'
import { graphql } from './graphql/index.ts'
import { type Person, people, type Stack, startStack, type TestGateway } from './harness/index.ts'
import { eventually } from './harness/log.ts'

let stack: Stack
let gateway: TestGateway
let seed: ReturnType<typeof people>
let admin: Person

beforeAll(async () => {
  stack = await startStack()
  gateway = await stack.startGateway()
  seed = people(gateway)
  admin = await seed.admin()
})
afterAll(() => stack.stop())

const whoAmI = graphql(`query WhoAmI { viewer { id email name role banned walletAddress kycStatus } }`)
const setRole = graphql(
  `mutation SetRole($userId: ID!, $role: UserRole!) { setUserRole(input: { userId: $userId, role: $role }) { user { id role } } }`,
)
const ban = graphql(
  `mutation Ban($userId: ID!, $until: DateTime) { banUser(input: { userId: $userId, reason: "Fraud", until: $until }) { user { banned } } }`,
)
const unban = graphql(`mutation Unban($userId: ID!) { unbanUser(input: { userId: $userId }) { user { banned } } }`)
const revoke = graphql(
  `mutation RevokeSessions($userId: ID!) { revokeUserSessions(input: { userId: $userId }) { revoked } }`,
)
const bannedOf = graphql(`query BannedOf($id: ID!) { user(id: $id) { banned } }`)
const userOf = graphql(`query UserOf($id: ID!) { user(id: $id) { id email role } }`)

const viewerOf = async (token: string) => (await seed.as(token).get(whoAmI)).viewer
const eventsAbout = async (userId: string) => {
  const query = 'select type, actor_id as actor, payload from events where subject_id = $1 order by position'
  return (await gateway.services.pool.query<{ type: string; actor: string; payload: object }>(query, [userId])).rows
}

describe('accounts', () => {
  it('whoever signs up is an investor, and signs in by e-mail in any case', async () => {
    const person = await seed.investor('Ann Example')
    expect((await person.get(whoAmI)).viewer).toEqual({
      id: person.id,
      email: person.email,
      name: 'Ann Example',
      role: 'INVESTOR',
      banned: false,
      walletAddress: null,
      kycStatus: null,
    })
    expect(await viewerOf(await seed.signIn(person.email.toUpperCase()))).toMatchObject({ id: person.id })
  })

  it('a role or a wallet cannot be brought along at sign-up', async () => {
    for (const extra of [{ role: 'admin' }, { walletAddress: `0x${'a'.repeat(40)}` }]) {
      const response = await seed.post('/sign-up/email', {
        email: 'eve@example.com',
        password: 'correct horse',
        name: 'Eve',
        ...extra,
      })
      expect(response.status).toBe(400)
    }
  })

  it('who is not signed in is nobody, whatever token they bring', async () => {
    expect((await seed.anonymous().get(whoAmI)).viewer).toBeNull()
    expect(await viewerOf('not-a-token')).toBeNull()
    expect(await viewerOf('forged.c2lnbmF0dXJl')).toBeNull()
  })

  it('a sign-out ends the session at once, here and on another gateway', async () => {
    const other = await stack.startGateway()
    const person = await seed.investor()
    const there = people(other)
    expect((await there.as(person.token!).get(whoAmI)).viewer?.id).toBe(person.id)
    await seed.signOut(person.token!)
    expect((await person.get(whoAmI)).viewer).toBeNull()
    await eventually(async () => (await there.as(person.token!).get(whoAmI)).viewer).toBeNull()
  })

  it('Better Auth’s own administration is closed', async () => {
    const person = await seed.investor()
    for (const path of ['/admin/set-role', '/admin/ban-user', '/admin/impersonate-user', '/admin/remove-user']) {
      expect((await seed.post(path, { userId: person.id, role: 'admin' }, admin.token!)).status).toBe(404)
    }
  })
})

describe('administration', () => {
  it('a new role counts from the next request on, and the trail says who gave it', async () => {
    const person = await seed.investor()
    expect((await person.refusal(userOf, { id: admin.id })).code).toBe('NOT_FOUND')
    expect((await admin.get(setRole, { userId: person.id, role: 'COMPLIANCE' })).setUserRole.user.role).toBe(
      'COMPLIANCE',
    )
    expect((await person.get(userOf, { id: admin.id })).user?.email).toBe(admin.email)
    const event = (await eventsAbout(person.id)).at(-1)
    expect(event).toEqual({
      type: 'user.role_changed',
      actor: admin.id,
      payload: { from: 'investor', to: 'compliance' },
    })
  })

  it('a ban ends every session in the same moment and lets none begin; its reason is not in the trail', async () => {
    const person = await seed.investor()
    const second = await seed.signIn(person.email)
    await admin.get(ban, { userId: person.id })
    expect(await viewerOf(person.token!)).toBeNull()
    expect(await viewerOf(second)).toBeNull()
    await expect(seed.signIn(person.email)).rejects.toThrow(/sign-in failed: 403/)
    const events = (await eventsAbout(person.id)).slice(-3)
    expect(events.map((event) => [event.type, event.actor])).toEqual([
      ['user.banned', admin.id],
      ['session.ended', admin.id],
      ['session.ended', admin.id],
    ])
    expect(JSON.stringify(events)).not.toContain('Fraud')
    await admin.get(unban, { userId: person.id })
    expect(await viewerOf(await seed.signIn(person.email))).toMatchObject({ id: person.id, banned: false })
  })

  it('a ban with an end must end in the future, and then lets one in again', async () => {
    const person = await seed.investor()
    expect((await admin.refusal(ban, { userId: person.id, until: '2020-01-01T00:00:00Z' })).code).toBe('BAD_USER_INPUT')
    await admin.get(ban, { userId: person.id, until: new Date(Date.now() + 60_000).toISOString() })
    await expect(seed.signIn(person.email)).rejects.toThrow(/403/)
    await gateway.services.pool.query(`update users set ban_expires = now() - interval '1 second' where id = $1`, [
      person.id,
    ])
    expect(await viewerOf(await seed.signIn(person.email))).toMatchObject({ id: person.id, banned: false })
  })

  it('a ban ends by itself when its end has come, without anybody’s doing', async () => {
    const person = await seed.investor()
    const until = new Date(Date.now() + 1_500)
    expect((await admin.get(ban, { userId: person.id, until: until.toISOString() })).banUser.user.banned).toBe(true)
    await expect(seed.signIn(person.email)).rejects.toThrow(/403/)
    await eventually(() => seed.signIn(person.email).catch(() => null)).not.toBeNull()
    expect(Date.now()).toBeGreaterThanOrEqual(until.getTime())
    expect((await admin.get(bannedOf, { id: person.id })).user?.banned).toBe(false)
  })

  it('nobody changes their own role or ban', async () => {
    for (const operation of [setRole, ban, unban] as const) {
      const variables = { userId: admin.id, role: 'INVESTOR' as const }
      expect((await admin.refusal(operation as typeof setRole, variables)).code).toBe('FORBIDDEN')
    }
  })

  it('of two admins who demote each other at once one remains', async () => {
    const [one, other] = [await seed.admin(), await seed.admin()]
    await gateway.services.pool.query(
      `update users set role = 'investor' where role = 'admin' and id not in ($1, $2)`,
      [one.id, other.id],
    )
    const answers = await Promise.all([
      one.ask(setRole, { userId: other.id, role: 'INVESTOR' }),
      other.ask(setRole, { userId: one.id, role: 'INVESTOR' }),
    ])
    expect(answers.filter((answer) => answer.data !== null)).toHaveLength(1)
    const { rows } = await gateway.services.pool.query(`select id from users where role = 'admin'`)
    expect(rows).toHaveLength(1)
    await gateway.services.pool.query(`update users set role = 'admin' where id = $1`, [admin.id])
  })

  it('of two admins who ban each other at once one remains', async () => {
    const [one, other] = [await seed.admin(), await seed.admin()]
    const { pool } = gateway.services
    await pool.query(`update users set role = 'investor' where role = 'admin' and id not in ($1, $2)`, [
      one.id,
      other.id,
    ])
    const answers = await Promise.all([one.ask(ban, { userId: other.id }), other.ask(ban, { userId: one.id })])
    expect(answers.filter(({ data }) => data !== null)).toHaveLength(1)
    const { rows } = await pool.query(`select id from users where role = 'admin' and not banned`)
    expect(rows).toHaveLength(1)
    await pool.query(`update users set role = 'admin' where id = $1`, [admin.id])
  })

  it('an admin whose ban has ended is one that remains', async () => {
    const [one, other] = [await seed.admin(), await seed.admin()]
    const { pool } = gateway.services
    await pool.query(`update users set banned = true, ban_expires = now() - interval '1 second' where id = $1`, [
      other.id,
    ])
    await pool.query(`update users set role = 'investor' where role = 'admin' and id not in ($1, $2)`, [
      one.id,
      other.id,
    ])
    await setUserRoleByEmail(gateway, { email: one.email, role: 'investor' })
    const { rows } = await pool.query(`select id from users where role = 'admin'`)
    expect(rows).toEqual([{ id: other.id }])
    await expect(setUserRoleByEmail(gateway, { email: other.email, role: 'investor' })).rejects.toThrow(/last admin/)
    await pool.query(`update users set role = 'admin' where id = $1`, [admin.id])
  })

  it('one signs oneself out everywhere; an admin does it for others; nobody else does', async () => {
    const person = await seed.investor()
    const second = await seed.signIn(person.email)
    expect((await (await seed.investor()).refusal(revoke, { userId: person.id })).code).toBe('FORBIDDEN')
    expect((await person.get(revoke, { userId: person.id })).revokeUserSessions.revoked).toBe(2)
    expect([await viewerOf(person.token!), await viewerOf(second)]).toEqual([null, null])
    const third = await seed.signIn(person.email)
    const someAdmin = await seed.admin()
    expect((await someAdmin.get(revoke, { userId: person.id })).revokeUserSessions.revoked).toBe(1)
    expect(await viewerOf(third)).toBeNull()
  })
})

describe('the command line', () => {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const gatehouse = (...words: string[]) =>
    promisify(execFile)(process.execPath, ['src/cli.ts', ...words], {
      cwd: root,
      env: { ...process.env, ...stack.environment },
    }).then(
      ({ stdout }) => ({ code: 0, output: stdout }),
      (error: { code: number; stdout: string; stderr: string }) => ({
        code: error.code,
        output: error.stdout + error.stderr,
      }),
    )

  it('gives a role by e-mail, and a running gateway knows it', async () => {
    const person = await seed.investor()
    expect(await gatehouse('role', person.email.toUpperCase(), 'compliance')).toMatchObject({ code: 0 })
    await eventually(async () => (await person.get(whoAmI)).viewer?.role).toBe('COMPLIANCE')
    expect((await eventsAbout(person.id)).at(-1)).toMatchObject({ type: 'user.role_changed', actor: null })
  })

  it('says what is wrong with what it was told', async () => {
    expect(await gatehouse('role', 'nobody@example.com', 'ADMIN')).toMatchObject({
      code: 1,
      output: expect.stringContaining('nobody@example.com was not found'),
    })
    expect(await gatehouse('role', 'a@example.com', 'KING')).toMatchObject({
      code: 2,
      output: expect.stringContaining('INVESTOR | COMPLIANCE | ADMIN'),
    })
    expect(await gatehouse('fly')).toMatchObject({
      code: 2,
      output: expect.stringContaining('There is no command `fly`'),
    })
  })

  it('verifies the audit trail, and names the position that was changed behind its back', async () => {
    expect(await gatehouse('audit', 'verify')).toMatchObject({
      code: 0,
      output: expect.stringMatching(/accounts\s+\d+ events, whole/),
    })
    const { Client } = (await import('pg')).default
    const superuser = new Client(stack.database.superuserUrl)
    await superuser.connect()
    await superuser.query(
      `set session_replication_role = replica; update events set actor_id = 'user_evil' where stream = 'accounts' and position = 3`,
    )
    await superuser.end()
    expect(await gatehouse('audit', 'verify')).toMatchObject({
      code: 1,
      output: expect.stringMatching(/accounts\s+BROKEN at position 3/),
    })
  })
})
