import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { raiseAlert } from '../src/resolvers/alert.ts'
import { graphql } from './graphql/index.ts'
import { type Person, people, type Stack, startStack, type TestClient, type TestGateway } from './harness/index.ts'

let stack: Stack
let gateway: TestGateway
let seed: ReturnType<typeof people>
let admin: Person
let person: Person

beforeAll(async () => {
  stack = await startStack()
  gateway = await stack.startGateway()
  seed = people(gateway)
  admin = await seed.admin()
  person = await seed.investor()
})
afterAll(() => stack.stop())

const raise = graphql(`
  mutation Raise($severity: AlertSeverity!, $message: String!) {
    raiseSystemAlert(input: { severity: $severity, message: $message }) { alert { id severity message createdAt } }
  }
`)
const list = graphql(
  `query Alerts($first: Int) { eventCursor systemAlerts(first: $first) { id severity message createdAt } }`,
)
const nodeOf = graphql(`query AlertNode($id: ID!) { node(id: $id) { id ... on SystemAlert { severity message } } }`)
const alerts = graphql(`
  subscription FollowAlerts($after: String) { systemAlerts(after: $after) { cursor alert { id severity message } } }
`)

const raised = async (message: string, severity: 'INFO' | 'WARNING' | 'CRITICAL' = 'INFO') =>
  (await admin.get(raise, { severity, message })).raiseSystemAlert.alert
/** Subscribed for certain: with the cursor of now, nothing from now on is missed however long the socket takes. */
const subscribed = async (client: TestClient) => {
  const { eventCursor } = await client.get(list)
  return client.subscribe(alerts, { after: eventCursor })
}

describe('a system alert', () => {
  it('is told to everybody who is signed in, here and on another gateway, and is the newest of the list', async () => {
    const there = people(await stack.startGateway()).as(person.token!)
    const [here, elsewhere] = [await subscribed(person), await subscribed(there)]
    const alert = await raised('The indexer is behind.\nBalances may be old.', 'WARNING')
    expect(alert).toMatchObject({ severity: 'WARNING', message: 'The indexer is behind.\nBalances may be old.' })
    for (const subscription of [here, elsewhere]) {
      const { systemAlerts } = await subscription.next()
      expect(systemAlerts.alert).toEqual({ id: alert.id, severity: alert.severity, message: alert.message })
    }
    expect((await person.get(list, { first: 1 })).systemAlerts).toEqual([alert])
    expect((await person.get(nodeOf, { id: alert.id })).node).toMatchObject({ severity: 'WARNING' })
    await Promise.all([person.close(), there.close()])
  })

  it('is replayed after a cursor, once and in order', async () => {
    const { eventCursor } = await person.get(list)
    const [first, second] = [await raised('First'), await raised('Second')]
    const all = person.subscribe(alerts, { after: eventCursor })
    const { cursor, alert } = (await all.next()).systemAlerts
    expect(alert.id).toBe(first.id)
    expect((await all.next()).systemAlerts.alert.id).toBe(second.id)
    const rest = person.subscribe(alerts, { after: cursor })
    expect((await rest.next()).systemAlerts.alert.id).toBe(second.id)
    const third = await raised('Third')
    expect((await rest.next()).systemAlerts.alert.id).toBe(third.id)
    await person.close()
  })

  it('reaches nobody who has signed out meanwhile', async () => {
    const token = await seed.signIn(person.email)
    const client = seed.as(token)
    const subscription = await subscribed(client)
    await raised('Before')
    expect((await subscription.next()).systemAlerts.alert.message).toBe('Before')
    await seed.signOut(token)
    await raised('After')
    const last = await subscription.nextResult().catch(() => null)
    expect(last?.data ?? null).toBeNull()
    await client.close()
  })

  it('is listed newest first, 20 unless asked otherwise, 100 at most', async () => {
    const messages = Array.from({ length: 22 }, (_, n) => `Alert ${n}`)
    for (const message of messages) await raiseAlert(gateway, { severity: 'info', message })
    const found = (await person.get(list)).systemAlerts.map(({ message }) => message)
    expect(found).toEqual(messages.toReversed().slice(0, 20))
    expect((await person.get(list, { first: 3 })).systemAlerts).toHaveLength(3)
    for (const first of [0, -1, 101]) {
      expect(await person.refusal(list, { first })).toMatchObject({
        code: 'BAD_USER_INPUT',
        extensions: { fields: [{ path: 'first' }] },
      })
    }
  })

  it('is an admin’s to raise, and nobody’s to read who is not signed in', async () => {
    const { id } = await raised('Not for everybody')
    for (const other of [person, await seed.reviewer()]) {
      expect((await other.refusal(raise, { severity: 'INFO', message: 'Mine' })).code).toBe('FORBIDDEN')
    }
    const anonymous = seed.anonymous()
    expect((await anonymous.refusal(raise, { severity: 'INFO', message: 'Mine' })).code).toBe('UNAUTHENTICATED')
    expect((await anonymous.refusal(nodeOf, { id })).code).toBe('NOT_FOUND')
    expect((await anonymous.refusal(list)).code).toBe('UNAUTHENTICATED')
  })

  it.each(['', ' \n ', 'a'.repeat(2_001), 'bell \u0007', 'reversed \u202e'])(
    'is not raised with the message %j',
    async (message) => {
      expect(await admin.refusal(raise, { severity: 'INFO', message })).toMatchObject({
        code: 'BAD_USER_INPUT',
        extensions: { fields: [{ path: 'message' }] },
      })
    },
  )

  it('is in the log with its author and its severity, not with its words', async () => {
    const byAdmin = await raised('Canary of the log', 'CRITICAL')
    const byNobody = await raiseAlert(gateway, { severity: 'critical', message: 'Canary of the log' })
    const { rows } = await gateway.services.pool.query(
      `select type, actor_id, tags, payload, subject_id from events where stream = 'alerts' order by position desc limit 2`,
    )
    const event = (id: string, actor: string | null) => ({
      type: 'alert.raised',
      subject_id: id,
      actor_id: actor,
      tags: ['alerts'],
      payload: { alertId: id, severity: 'critical' },
    })
    expect(rows).toEqual([event(byNobody.id, null), event(byAdmin.id, admin.id)])
  })

  it('is never changed or taken back, not even by SQL', async () => {
    const { id } = await raised('For ever')
    for (const statement of [`update system_alerts set message = ''`, 'delete from system_alerts']) {
      await expect(gateway.services.pool.query(`${statement} where id = $1`, [id])).rejects.toThrow(/permission denied/)
    }
  })
})
